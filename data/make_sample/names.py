"""Invented names, each of which says that it is invented."""

SUBURB_NAMES = [
    "Saint-Modèle",
    "Villeneuve-l'Échantillon",
    "La Maquette",
    "Port-Fictif",
    "Essai-lès-Exempleville",
    "Bourg-Témoin",
    "Prototype-le-Grand",
    "Les Spécimens",
]
RURAL_NAMES = [
    "Simulac-le-Vieux",
    "Fauxbourg-sur-Gabarit",
    "Saint-Placebo",
    "Rature-le-Haut",
    "L'Ébauche",
    "Croquis-en-Plaine",
    "Mirage-sur-Mer",
    "Brouillon-la-Forêt",
    "Canevas",
    "Étalon-le-Château",
    "Gabarit",
    "La Feinte",
    "Leurre-l'Abbaye",
    "Sainte-Hypothèse",
    "Patronville",
    "Postiche-les-Bains",
    "Sosie-et-Jumelle",
    "Trompe-l'Œil",
    "Utopia-sur-Gabarit",
    "Variante",
    "Vignette-Saint-Calque",
    "Pseudonyme",
    "Chimère-la-Plage",
    "Esquisse",
    "Fable-sur-Gabarit",
    "Conte-le-Bas",
]
SEASIDE_NAMES = ("Mirage-sur-Mer", "Postiche-les-Bains", "Chimère-la-Plage")
ISLAND_NAME = "L'Île-d'Essai"
OVERSEAS_NAMES = [
    "Anse-Fictive",
    "Morne-Modèle",
    "Rivière-Témoin",
    "Pointe-Maquette",
    "Trois-Exemples",
]
#: Merged into Sosie-et-Jumelle on 2024-01-01.
MERGED_NAME = "Doublon-le-Petit"
STREETS = [
    "DES EXEMPLES",
    "DU BROUILLON",
    "DE LA MAQUETTE",
    "DES PROTOTYPES",
    "DU MODELE REDUIT",
    "DE L'HYPOTHESE",
    "DU GABARIT",
    "DES SPECIMENS",
    "DE L'ESSAI",
    "DU CALQUE",
]
