"""The objectives that come with the package, by the survey's sections. No torch here."""

from __future__ import annotations

from curation.learning.objectives.entry import Entry

_HOME = "curation.learning.objectives."
_ANSWERS = ("embeddings", "views", "answers")
_TAUGHT = ("embeddings", "views", "teacher")


def _at(place: str) -> str:
    return _HOME + place


ENTRIES = (
    # answers of a person
    Entry(
        "human",
        "answers attract and repel, open look-alikes are left out",
        "our preset of the unified loss, weights after PCL (Geng et al. 2025)",
        _at("human:Human"),
        _ANSWERS,
    ),
    Entry(
        "supcon",
        "must-links attract, everything else repels",
        "SupCon L_out (Khosla et al. 2020)",
        _at("supcon:SupCon"),
        _ANSWERS,
    ),
    Entry(
        "supcon_in",
        "the same with the mean inside the logarithm",
        "SupCon L_in (Khosla et al. 2020)",
        _at("supcon:SupConIn"),
        _ANSWERS,
    ),
    Entry(
        "occ",
        "constrained instance contrast and a cluster head",
        "OCC (Wang et al. 2022), in the form of PCL (Geng et al. 2025)",
        _at("occ:OCC"),
        _ANSWERS,
    ),
    Entry(
        "ghose",
        "each group is drawn to its centroid, beside a cluster contrast",
        "Ghose et al. 2022",
        _at("ghose:Ghose"),
        _ANSWERS,
    ),
    Entry(
        "sepp",
        "accepted partners as further positives of the view loss",
        "SePP-ID (Alkhalefi et al. 2024)",
        _at("views:SePP"),
        _ANSWERS,
    ),
    Entry(
        "spherepair",
        "angles of answered pairs, no anchors",
        "SpherePair (Zhang and Chen 2025)",
        _at("pairs:SpherePair"),
        _ANSWERS,
    ),
    Entry(
        "dcc",
        "answered pairs explained by soft groups and a confusion matrix",
        "VolMaxDCC (Nguyen et al. 2023)",
        _at("pairs:DCC"),
        _ANSWERS,
    ),
    Entry(
        "nnpu",
        "accepted pairs against unlabelled ones; for few rejections",
        "nnPU (Kiryo et al. 2017)",
        _at("pairs:NNPU"),
        _ANSWERS,
    ),
    Entry(
        "hpcr",
        "groups as classes with proxies; keeps what the last generation knew",
        "HPCR (Lin et al. 2025)",
        _at("distilled:HPCR"),
        (*_ANSWERS, "teacher"),
    ),
    Entry(
        "multi_head",
        "several heads with temperatures of their own",
        "after AMCL (Wang et al. 2024)",
        _at("multihead:MultiHead"),
        _ANSWERS,
    ),
    Entry(
        "cacr",
        "the farthest positive and the nearest negative count most",
        "CACR (Zheng et al. 2021)",
        _at("cacr:CACR"),
        _ANSWERS,
    ),
    Entry(
        "dbpm",
        "pairs that never align or align too easily count less",
        "DBPM (Lan et al. 2024)",
        _at("dbpm:DBPM"),
        _ANSWERS,
    ),
    Entry(
        "cwcl",
        "targets as soft as the frozen similarity, and as the answers say",
        "CWCL (Srinivasa et al. 2023)",
        _at("modalities:CWCL"),
        (*_ANSWERS, "teacher"),
    ),
    Entry(
        "pucl",
        "negatives corrected by all known positives",
        "PUCL (Wang et al. 2024)",
        _at("views:PUCL"),
        _ANSWERS,
    ),
    # two views
    Entry(
        "simclr",
        "the other view attracts, all else repels; the control without answers",
        "SimCLR (Chen et al. 2020)",
        _at("views:SimCLR"),
    ),
    Entry(
        "moco",
        "negatives from a queue of slow keys",
        "MoCo v2 (Chen et al. 2020)",
        _at("queues:MoCo"),
        _TAUGHT,
    ),
    Entry(
        "simsiam",
        "views predict each other, no negatives",
        "SimSiam (Chen and He 2021)",
        _at("predictors:SimSiam"),
        source="lightly",
        package="lightly",
    ),
    Entry(
        "byol",
        "views predict a slow target, no negatives",
        "BYOL (Grill et al. 2020)",
        _at("predictors:BYOL"),
        _TAUGHT,
        source="lightly",
        package="lightly",
    ),
    Entry(
        "directpred",
        "BYOL with a predictor set from the correlation",
        "DirectPred (Tian et al. 2021)",
        _at("predictors:DirectPred"),
        _TAUGHT,
        source="lightly",
        package="lightly",
    ),
    Entry(
        "barlow",
        "the views' cross-correlation becomes diagonal",
        "Barlow Twins (Zbontar et al. 2021)",
        _at("decorrelation:BarlowTwins"),
        source="lightly",
        package="lightly",
    ),
    Entry(
        "vicreg",
        "alike views, spread kept, no covariance",
        "VICReg (Bardes et al. 2022)",
        _at("decorrelation:VICReg"),
        source="pytorch-metric-learning",
    ),
    Entry(
        "swav",
        "views predict each other's balanced code",
        "SwAV (Caron et al. 2020)",
        _at("prototypes:SwAV"),
        source="lightly",
        package="lightly",
    ),
    Entry(
        "dino",
        "a slow, centred teacher's output is the target",
        "DINO (Caron et al. 2021)",
        _at("prototypes:DINO"),
        _TAUGHT,
        source="lightly",
        package="lightly",
    ),
    Entry(
        "mv_infonce",
        "one term an item over all its views",
        "MV-InfoNCE (Koromilas et al. 2025)",
        _at("multiview:MVInfoNCE"),
    ),
    Entry(
        "mv_dhel",
        "the same with negatives of each view apart",
        "MV-DHEL (Koromilas et al. 2025)",
        _at("multiview:MVDHEL"),
    ),
    Entry(
        "infoloob",
        "the positive left out of the denominator",
        "InfoLOOB (Poole et al. 2019)",
        _at("modalities:InfoLOOB"),
    ),
    Entry(
        "seed",
        "the frozen embedding's similarities, over a queue",
        "SEED (Fang et al. 2021)",
        _at("distilled:SEED"),
        _TAUGHT,
    ),
    # positives found in the embedding
    Entry(
        "nnclr",
        "the nearest neighbour in a queue is the positive",
        "NNCLR (Dwibedi et al. 2021)",
        _at("neighbours:NNCLR"),
        _TAUGHT,
    ),
    Entry(
        "msf",
        "drawn to the nearest neighbours of a slow target",
        "Mean shift (Koohpayegani et al. 2021)",
        _at("neighbours:MeanShift"),
        _TAUGHT,
    ),
    Entry(
        "all4one",
        "neighbour, centroid of five neighbours and features",
        "All4One (Estepa et al. 2023)",
        _at("neighbours:All4One"),
        _TAUGHT,
    ),
    # negatives made harder
    Entry(
        "hcl",
        "similar negatives weigh more, then debiased",
        "HCL (Robinson et al. 2020)",
        _at("hard_negatives:HCL"),
    ),
    Entry(
        "unremix",
        "negatives weighed by uncertainty, similarity, spread",
        "UnReMix (Tabassum et al. 2022)",
        _at("hard_negatives:UnReMix"),
    ),
    Entry(
        "sscl",
        "mixed hard negatives, weighed and debiased",
        "SSCL (Dong et al. 2024)",
        _at("hard_negatives:SSCL"),
    ),
    Entry(
        "mochi",
        "mixes of the hardest keys join the queue",
        "MoCHi (Kalantidis et al. 2020)",
        _at("queues:MoCHi"),
        _TAUGHT,
    ),
    Entry(
        "synco",
        "six kinds of synthetic negatives",
        "SynCo (Giakoumoglou 2024)",
        _at("queues:SynCo"),
        _TAUGHT,
    ),
    Entry(
        "adco",
        "negatives that climb the loss",
        "AdCo (Hu et al. 2021)",
        _at("queues:AdCo"),
        _TAUGHT,
    ),
    Entry(
        "feature_transformation",
        "positives drawn apart, negatives mixed",
        "Feature transformation (Zhu et al. 2021)",
        _at("queues:FeatureTransformation"),
        _TAUGHT,
    ),
    # false negatives
    Entry(
        "fnc_elimination",
        "found false negatives no longer repel",
        "FNC (Huynh et al. 2022)",
        _at("false_negatives:FNCElimination"),
    ),
    Entry(
        "fnc_attraction",
        "found false negatives attract",
        "FNC (Huynh et al. 2022)",
        _at("false_negatives:FNCAttraction"),
    ),
    Entry(
        "ifnd",
        "pseudo-labels trusted more and more no longer repel",
        "IFND (Chen et al. 2022)",
        _at("false_negatives:IFND"),
    ),
    Entry(
        "debiased",
        "negatives corrected by the chance of a false one",
        "Debiased contrastive (Chuang et al. 2020)",
        _at("views:Debiased"),
    ),
    # more than embeddings
    Entry(
        "clip",
        "images and their texts find each other",
        "CLIP (Radford et al. 2021)",
        _at("modalities:CLIP"),
        ("embeddings", "views", "text"),
        source="open_clip",
    ),
    Entry(
        "cloob",
        "the same by InfoLOOB on retrieved vectors",
        "CLOOB (Fuerst et al. 2022)",
        _at("modalities:CLOOB"),
        ("embeddings", "views", "text"),
    ),
    Entry(
        "supremix",
        "mixed positives whose numbers interpolate",
        "SupReMix (Wu et al. 2023)",
        _at("supremix:SupReMix"),
        ("embeddings", "attributes"),
    ),
    Entry(
        "cpc",
        "a sequence's past predicts its future",
        "CPC (van den Oord et al. 2018)",
        _at("cpc:CPC"),
        ("embeddings", "sequence"),
    ),
)
