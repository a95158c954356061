"""French legal texts of one word to several hundred, on which an exported encoder is compared with PyTorch."""

from __future__ import annotations

_LONG = (
    "Lorsque le bailleur délivre un congé pour vendre, il adresse au preneur une notification qui indique, à peine de "
    "nullité, le prix et les conditions de la cession projetée ; cette notification vaut offre au profit du preneur, "
    "qui dispose des deux premiers mois du délai de préavis pour l'accepter. "
)

PROBE_TEXTS = (
    "Bail",
    "Quel est le délai pour contester un licenciement devant le conseil de prud'hommes ?",
    "Art. L. 1234-1",
    _LONG,
    "question : qui supporte les frais d'enlèvement d'un véhicule mis en fourrière ?",
    "À défaut d'accord, le juge fixe la pension alimentaire selon les ressources de chacun des parents.",
    "« Nul n'est censé ignorer la loi » : l'adage ne figure dans aucun texte.",
    _LONG * 3,
    "TVA à 5,5 % — travaux d'amélioration énergétique (logement achevé depuis plus de 2 ans)",
    "Le mineur émancipé est capable, comme un majeur, de tous les actes de la vie civile.",
    "congés payés",
    "réponse : la prescription est interrompue par la demande en justice, même en référé, et court à nouveau ensuite.",
    _LONG * 8,
    "Cass. soc., 12 janv. 2022, n° 20-14.567 : cœur d'activité, œuvre collective, naïveté, ambiguïté, aiguë.",
    "La caution peut-elle invoquer la disproportion de son engagement à ses biens et revenus ?\n\n\tOui, sous réserve.",
    "Règlement (UE) 2016/679, article 17 : droit à l'effacement 🗑️ — 30 jours ≈ 1 mois.",
)
