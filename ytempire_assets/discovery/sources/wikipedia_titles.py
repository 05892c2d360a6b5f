"""Which of Wikipedia's pages are articles, by their titles.

Belongs here: names of namespaces and main pages in the languages of the largest Wikipedias. The
list of most read pages holds them all and does not say which are which; for other languages the
pages' summaries do (``wikipedia.py``), at the price of a request.
"""

from __future__ import annotations

_NAMESPACES = frozenset(
    # Special pages and media, project, talk, user, file, help, category, portal, template, module.
    "special media wikipedia wp project talk user file image help category portal template "
    "mediawiki module draft book timedtext wikipedia_talk user_talk file_talk template_talk "
    "category_talk portal_talk help_talk draft_talk "
    # German, French, Spanish.
    "spezial medium benutzer benutzerin datei bild hilfe kategorie vorlage modul diskussion "
    "wikipedia_diskussion benutzer_diskussion "
    "spécial média utilisateur utilisatrice fichier aide catégorie portail modèle projet wikipédia "
    "discussion discussion_utilisateur "
    "especial medio usuario usuaria archivo ayuda categoría plantilla módulo wikiproyecto anexo "
    "discusión usuario_discusión "
    # Italian, Portuguese, Dutch, Polish.
    "speciale utente immagine aiuto categoria portale progetto discussione discussioni_utente "
    "multimédia usuário usuária utilizador utilizadora ficheiro arquivo imagem ajuda "
    "predefinição módulo livro discussão usuário_discussão "
    "speciaal gebruiker bestand afbeelding categorie portaal sjabloon overleg overleg_gebruiker "
    "specjalna wikipedysta wikipedystka plik grafika pomoc szablon moduł wikiprojekt dyskusja "
    # Swedish, Norwegian, Danish, Finnish, Czech, Hungarian, Romanian, Turkish.
    "användare fil bild hjälp mall diskussion bruker hjelp mal diskusjon bruger hjælp skabelon "
    "spesial spesial toiminnot käyttäjä tiedosto ohje luokka malline teemasivu keskustelu "
    "speciální soubor nápověda šablona wikipedista diskuse speciális szerkesztő fájl segítség "
    "kategória sablon portál vita utilizator fișier ajutor format discuție "
    "özel kullanıcı dosya yardım şablon vikipedi tartışma "
    # Russian, Ukrainian, Arabic, Hebrew, Persian.
    "служебная медиа участник участница файл справка категория портал шаблон модуль проект "
    "википедия обсуждение обсуждение_участника "
    "спеціальна користувач користувачка довідка категорія вікіпедія обговорення "
    "خاص ويكيبيديا مستخدم ملف مساعدة تصنيف بوابة قالب نقاش "
    "מיוחד ויקיפדיה משתמש קובץ עזרה קטגוריה פורטל תבנית שיחה "
    "ویژه ویکی‌پدیا کاربر پرونده راهنما رده درگاه الگو بحث "
    # Japanese, Chinese, Korean, Vietnamese, Indonesian, Hindi.
    "特別 利用者 ファイル 画像 ヘルプ カテゴリ ポータル ノート 利用者‐会話 プロジェクト "
    "特殊 用户 用戶 文件 檔案 帮助 幫助 分类 分類 主题 主題 模板 模块 維基百科 维基百科 "
    "특수 사용자 파일 도움말 분류 포털 틀 위키백과 토론 "
    "đặc_biệt thành_viên tập_tin trợ_giúp thể_loại cổng_thông_tin bản_mẫu thảo_luận "
    "istimewa pengguna berkas bantuan kategori templat pembicaraan "
    "विशेष विकिपीडिया सदस्य चित्र सहायता श्रेणी प्रवेशद्वार साँचा वार्ता".split()
)

_MAIN_PAGES = frozenset(
    (
        "main_page",
        "hauptseite",
        "portada",
        "pagina_principale",
        "página_principal",
        "hoofdpagina",
        "strona_główna",
        "huvudsida",
        "portal_hovedside",
        "forside",
        "etusivu",
        "hlavní_strana",
        "kezdőlap",
        "pagina_principală",
        "anasayfa",
        "ana_sayfa",
        "заглавная_страница",
        "головна_сторінка",
        "الصفحة_الرئيسية",
        "الصفحة_الرئيسة",
        "עמוד_ראשי",
        "صفحهٔ_اصلی",
        "メインページ",
        "首页",
        "首頁",
        "대문",
        "trang_chính",
        "halaman_utama",
        "मुखपृष्ठ",
        # Requests of programs that are counted as pages of that name.
        "-",
        "undefined",
        "index.php",
        "index.html",
        "favicon.ico",
        "robots.txt",
    )
)

_LANGUAGES = {
    "simple": "en",
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "fiu-vro": "vro",
    "no": "nb",
    "roa-rup": "rup",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
"""Wikipedias whose name is not their language's tag."""


def is_article(title: str) -> bool:
    """Whether a title, words joined by ``_``, can be an article.

    A colon alone means nothing: "Mission:_Impossible" is an article. So is "Vita:_A_Life", although
    "Vita" is a namespace somewhere: MediaWiki leaves no space behind the colon of a namespace.
    """
    lowered = title.strip("_").casefold()
    if not lowered or lowered in _MAIN_PAGES:
        return False
    before, colon, after = lowered.partition(":")
    return not (colon and before in _NAMESPACES and not after.startswith("_"))


def language_of(project: str) -> str:
    """BCP 47 tag of a Wikipedia such as ``en.wikipedia``."""
    name = project.partition(".")[0]
    return _LANGUAGES.get(name, name)
