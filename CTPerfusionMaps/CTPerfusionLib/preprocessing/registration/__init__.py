"""Registration: where the head is in each frame, which frames can be used, all put onto one."""
