"""French legal questions with their answers, worded for these tests."""

from __future__ import annotations

PAIRS = [
    (
        "Combien de jours de congés payés gagne-t-on par mois travaillé ?",
        "Le salarié acquiert deux jours et demi ouvrables de congé pour chaque mois de travail effectif.",
    ),
    (
        "Quelle est la durée légale du travail par semaine ?",
        "Pour un temps complet, la durée légale est de trente-cinq heures par semaine civile.",
    ),
    (
        "Un employeur peut-il refuser une rupture conventionnelle ?",
        "La rupture conventionnelle suppose l'accord des deux parties ; chacune peut la refuser sans se justifier.",
    ),
    (
        "Quel est le préavis d'un locataire en zone tendue ?",
        "Dans une commune où la demande de logements dépasse l'offre, le préavis du locataire est d'un mois.",
    ),
    (
        "Dans quel délai le dépôt de garantie doit-il être rendu ?",
        "Le bailleur restitue le dépôt de garantie dans un délai d'un mois si l'état des lieux est conforme.",
    ),
    (
        "Le loyer peut-il être révisé chaque année ?",
        "Une clause du bail peut prévoir la révision annuelle du loyer selon l'indice de référence des loyers.",
    ),
    (
        "Qui paie les réparations locatives ?",
        "L'entretien courant et les menues réparations sont à la charge du locataire, sauf vétusté.",
    ),
    (
        "Peut-on être licencié pendant un arrêt maladie ?",
        "La maladie ne peut fonder un licenciement, mais un motif économique étranger à celle-ci le permet.",
    ),
    (
        "Quelle indemnité reçoit un salarié licencié ?",
        "L'indemnité légale est d'un quart de mois de salaire par année d'ancienneté jusqu'à dix ans.",
    ),
    (
        "Comment contester une amende pour excès de vitesse ?",
        "La requête en exonération s'adresse à l'officier du ministère public dans les quarante-cinq jours.",
    ),
    (
        "À quel âge peut-on se marier ?",
        "Le mariage ne peut être contracté avant dix-huit ans révolus, sauf dispense du procureur.",
    ),
    (
        "Comment conclure un pacte civil de solidarité ?",
        "Les partenaires déclarent leur convention devant l'officier d'état civil de leur résidence ou un notaire.",
    ),
    (
        "Quelle part de succession revient aux enfants ?",
        "La réserve héréditaire d'un enfant unique est de la moitié des biens du défunt.",
    ),
    (
        "Peut-on déshériter son conjoint ?",
        "En l'absence de descendant, le conjoint survivant a droit à un quart de la succession au moins.",
    ),
    (
        "Qu'est-ce que l'autorité parentale ?",
        "L'autorité parentale est l'ensemble des droits et devoirs des parents dans l'intérêt de l'enfant.",
    ),
    (
        "Comment changer de prénom ?",
        "La demande de changement de prénom est remise à la mairie du domicile ou du lieu de naissance.",
    ),
    (
        "Quel délai pour se rétracter d'un achat en ligne ?",
        "Le consommateur dispose de quatorze jours pour se rétracter d'un contrat conclu à distance.",
    ),
    (
        "Combien de temps dure la garantie légale de conformité ?",
        "Le vendeur répond pendant deux ans des défauts de conformité d'un bien neuf.",
    ),
    (
        "Qu'est-ce qu'un vice caché ?",
        "Le vice caché rend la chose impropre à l'usage auquel on la destine, et l'acheteur l'ignorait.",
    ),
    (
        "Comment porter plainte sans aller au commissariat ?",
        "La plainte peut être adressée par courrier au procureur de la République du lieu de l'infraction.",
    ),
    (
        "Quel est le délai de prescription d'un délit ?",
        "L'action publique des délits se prescrit par six années à compter du jour des faits.",
    ),
    (
        "Qui a droit à l'aide juridictionnelle ?",
        "L'aide juridictionnelle est ouverte à celui dont les ressources n'excèdent pas un plafond.",
    ),
    (
        "Quand la garde à vue peut-elle être prolongée ?",
        "Le procureur peut autoriser une prolongation de vingt-quatre heures de la garde à vue.",
    ),
    (
        "Un mineur peut-il travailler ?",
        "À partir de seize ans le travail est permis, et dès quatorze ans pendant les vacances scolaires.",
    ),
    (
        "Quelle est la période d'essai d'un cadre ?",
        "Pour les cadres, la période d'essai du contrat à durée indéterminée est de quatre mois au plus.",
    ),
    (
        "Les heures supplémentaires sont-elles majorées ?",
        "Les huit premières heures supplémentaires sont majorées de vingt-cinq pour cent.",
    ),
    (
        "Peut-on renouveler un contrat à durée déterminée ?",
        "Le contrat à durée déterminée est renouvelable deux fois dans la limite de dix-huit mois.",
    ),
    (
        "Quels sont les jours fériés légaux ?",
        "Onze fêtes légales sont des jours fériés, dont le premier mai qui est chômé et payé.",
    ),
    (
        "Qu'est-ce que le harcèlement moral au travail ?",
        "Ce sont des agissements répétés qui dégradent les conditions de travail et portent atteinte à la dignité.",
    ),
    (
        "Comment saisir le conseil de prud'hommes ?",
        "La requête exposant les motifs de la demande est déposée au greffe du conseil de prud'hommes.",
    ),
    (
        "Faut-il un permis pour construire un abri de jardin ?",
        "Entre cinq et vingt mètres carrés, l'abri de jardin relève de la déclaration préalable.",
    ),
    (
        "À quelle distance planter un arbre de la limite ?",
        "L'arbre destiné à dépasser deux mètres se plante à deux mètres au moins de la limite séparative.",
    ),
    (
        "Quelles charges paie un copropriétaire ?",
        "Chacun participe aux charges de conservation et d'entretien à proportion de ses tantièmes.",
    ),
    (
        "Qui convoque l'assemblée de copropriété ?",
        "Le syndic convoque l'assemblée générale au moins une fois par an, vingt et un jours d'avance.",
    ),
    (
        "Comment créer une association ?",
        "Les fondateurs déposent à la préfecture une déclaration et les statuts de l'association.",
    ),
    (
        "Quand déclarer ses revenus ?",
        "La déclaration en ligne des revenus s'ouvre en avril et se clôt selon le département.",
    ),
    (
        "Qu'est-ce que la taxe foncière ?",
        "La taxe foncière est due par le propriétaire d'un bien au premier janvier de l'année.",
    ),
    (
        "Peut-on conduire avec un permis étranger ?",
        "Le permis délivré hors d'Europe vaut un an à compter de l'installation en France.",
    ),
    (
        "Combien de points perd-on pour un téléphone au volant ?",
        "L'usage du téléphone tenu en main entraîne le retrait de trois points du permis.",
    ),
    (
        "Qui est électeur aux élections municipales ?",
        "Le citoyen européen inscrit sur la liste complémentaire vote aux élections municipales.",
    ),
]
