"""All commands of ``ctperfusion``; a new one is added here."""

from .command import Command

TRAININGS = (
    Command(
        "maps",
        "train a U-Net for perfusion maps without an arterial input function",
        "Train networks that give perfusion maps from registered, filtered series, on simulated or real "
        "patients: the method of Gava et al. 2023, or a joint network of this project. The fast preset takes "
        "about an hour on two cores; the paper's takes a GPU.",
        module="train_maps",
    ),
    Command(
        "core-volume",
        "train networks that tell large from small infarct cores",
        "Train an ensemble that says from two slices of a raw scan whether the infarct core is large, or "
        "estimates its volume: the method of Mittermeier et al. 2022, with their encoder or a small one of "
        "this project. The fast preset takes less than an hour on two cores; the paper's takes a GPU.",
        module="train_core_volume",
    ),
)

EVALUATIONS = (
    Command(
        "maps",
        "maps of networks against reference maps",
        "Hold the maps that networks predict against reference maps of patients that they were not trained "
        "with, in the tables and figures of Gava et al. 2023: error, correlation and Dice of the maps, "
        "lesions by two automatic readers, fewer frames; on simulated heads also the kinetic methods as a "
        "yardstick, and other scan conditions.",
        module="evaluate_maps",
    ),
    Command(
        "core-volume",
        "networks that tell large from small cores",
        "Evaluate trainings of core-volume networks in the tables and figures of Mittermeier et al. 2022: "
        "ROC curves of each fold with their mean, areas of validation and test folds, the ensemble on "
        "held-out and on external patients with DeLong's interval, the temporal pathways one by one; for "
        "networks that estimate the volume its error and a Bland-Altman plot.",
        module="evaluate_core_volume",
    ),
    Command(
        "segmentation",
        "core by global against local normalisation",
        "Repeat the study of Rau et al. 2024 on simulated heads of known truth, or on real studies: core "
        "volumes by global and local normalisation, with and without microangiopathy. 64 heads of clinical "
        "size take about an hour on two cores.",
        module="evaluate_segmentation",
    ),
    Command(
        "reference",
        "maps and lesions against the reference maps of a public cohort",
        "Run the cases of ISLES 2018, ISLES 2024 or UniToBrain through the pipeline and hold maps and "
        "lesions against the reference maps that come with them: correlation of voxels, volumes with ICC, "
        "bias and limits of agreement, Dice, agreement on DEFUSE 3. Patients are divided into a half for "
        "tuning and one for reporting.",
        module="evaluate_reference",
    ),
)

COMMANDS = (
    Command(
        "phantom",
        "simulate a study with known truth",
        "Write a simulated CTP study to OUT/study and its truth to OUT/truth.",
        module="phantom",
    ),
    Command(
        "run",
        "compute maps, core and penumbra of a study",
        "Compute perfusion maps, infarct core and penumbra of a CTP study and write them to DIR.",
        module="run",
    ),
    Command(
        "cohort",
        "compute all studies of a folder, and one table of them",
        "Find the studies in ROOT, run each of them on this machine or on the workers of a Dask scheduler, "
        "and write a table and a page of all. A study that fails is a row with its reason.",
        module="cohort",
    ),
    Command(
        "send",
        "send DICOM files to an archive or a workstation",
        "Send all DICOM files below FOLDER to a DICOM node (C-STORE).",
        module="send",
    ),
    Command(
        "info",
        "describe a study",
        "Say what is in a study: frames, times and their source, geometry, import findings. "
        "Exits with 1 exactly when the study cannot be loaded.",
        module="info",
    ),
    Command(
        "calibrate",
        "say what each method reports for known tissue",
        "Show what Tmax, MTT and CBF each method reports for known delay and MTT, and which threshold of "
        "Tmax corresponds to 6 s in the other definition.",
        module="calibrate",
    ),
    Command(
        "tune",
        "calibrate a deconvolution to the reference maps of a public cohort",
        "Choose regularisation, smoothing and the threshold of relative flow of a deconvolution so that its "
        "maps come closest to the reference maps of ISLES 2018, ISLES 2024 or UniToBrain, by the tuning half "
        "of the patients alone, and keep the choice as a named method. Its numbers are those of the other "
        "half: evaluate reference --half reporting.",
        module="tune",
    ),
    Command(
        "train",
        "train a network",
        "Train networks, and say what they reach on patients that they have not seen.",
        parts=TRAININGS,
        metavar="NETWORK",
    ),
    Command(
        "evaluate",
        "say how far results can be trusted",
        "Hold results against known truth, or against each other.",
        parts=EVALUATIONS,
        metavar="PART",
    ),
    Command(
        "agree",
        "say how far two sets of results agree",
        "Hold two tables, or two folders of maps and segments, of the same studies against each other: "
        "correlation, concordance, intraclass correlation, Bland-Altman limits, repeatability, a regression "
        "line, Dice, kappa of treatment criteria, Friedman's test; for all studies and by groups.",
        module="agree",
    ),
    Command(
        "benchmark",
        "time parts of the software side by side",
        "Time parts of the software side by side with what they are compared with, as ratios.",
        module="benchmark",
    ),
)
