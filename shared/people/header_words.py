"""The words of fifteen languages that stand above columns: what each field is called in sheets that were not made from
the template. They are compared as all headers are (columns.py). A word that can mean two fields is in no list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Words = Mapping[str, Sequence[str]]
"""By language (ISO 639-1)."""

EMAIL_WORDS: Words = {
    "en": ("Mail", "Work Email", "Business Email", "Company Email"),
    "de": (
        "E-Mail-Adresse", "Emailadresse", "Mailadresse", "E-Mail geschäftlich", "Geschäftliche E-Mail",
        "Dienstliche E-Mail", "E-Mail dienstlich", "Firmen-E-Mail", "E-Mail (geschäftlich)",
    ),
    "fr": (
        "Adresse e-mail", "Adresse mail", "Adresse électronique", "Adresse de messagerie", "Adresse courriel",
        "Courriel", "Courrier électronique", "Mél", "E-mail professionnel", "Mail professionnel", "Adresse email pro",
    ),
    "es": (
        "Correo electrónico", "Correo", "Dirección de correo", "Dirección de correo electrónico", "Dirección de email",
        "Correo corporativo", "E-mail corporativo",
    ),
    "it": (
        "Indirizzo e-mail", "Indirizzo mail", "Posta elettronica", "Indirizzo di posta elettronica",
        "E-mail aziendale", "Mail aziendale",
    ),
    "pt": (
        "Endereço de e-mail", "Correio eletrônico", "Correio electrónico", "Correio eletrónico", "Endereço eletrônico",
        "E-mail corporativo", "E-mail profissional",
    ),
    "nl": ("E-mailadres", "Mailadres", "Zakelijk e-mailadres", "Zakelijke e-mail"),
    "sv": ("E-post", "E-postadress", "Mejl", "Mejladress", "Mailadress", "Epostadress"),
    "da": ("E-mailadresse", "Mailadresse", "E-post", "Arbejdsmail"),
    "no": ("E-post", "E-postadresse", "Epostadresse", "Mailadresse", "Jobbepost"),
    "fi": ("Sähköposti", "Sähköpostiosoite", "S-posti", "Työsähköposti"),
    "pl": ("Adres e-mail", "Adres mailowy", "Poczta elektroniczna", "E-mail służbowy", "Adres poczty elektronicznej"),
    "cs": ("E-mailová adresa", "Emailová adresa", "Elektronická pošta", "Pracovní e-mail", "Firemní e-mail"),
    "tr": ("E-posta", "E-posta adresi", "Eposta adresi", "E-mail adresi", "Elektronik posta", "Mail adresi"),
    "ja": (
        "メール", "メールアドレス", "Eメール", "Eメールアドレス", "電子メール", "電子メールアドレス", "Ｅメール",
        "メアド", "E-mailアドレス",
    ),
}  # fmt: skip

FIRST_NAME_WORDS: Words = {
    "en": ("Given Names",),
    "de": ("Vorname", "Vornamen", "Rufname"),
    "fr": ("Prénom", "Prénoms", "Prénom(s)"),
    "es": ("Primer nombre", "Nombre de pila", "Nombre(s)"),
    "it": ("Nome di battesimo", "Nome proprio"),
    "pt": ("Primeiro nome", "Nome próprio"),
    "nl": ("Voornaam", "Voornamen", "Roepnaam"),
    "sv": ("Förnamn", "Tilltalsnamn"),
    "da": ("Fornavn", "Fornavne"),
    "no": ("Fornavn", "Fornavne"),
    "fi": ("Etunimi", "Etunimet", "Kutsumanimi"),
    "pl": ("Imię", "Imiona", "Pierwsze imię"),
    "cs": ("Křestní jméno", "Krstné jméno"),
    "tr": ("Ön ad", "İlk ad"),
    "ja": ("名", "名（漢字）", "ファーストネーム", "下の名前"),
}  # fmt: skip

LAST_NAME_WORDS: Words = {
    "en": ("Surnames",),
    "de": ("Nachname", "Familienname", "Zuname", "Nachnamen"),
    "fr": ("Nom de famille", "Nom patronymique", "Nom d'usage"),
    "es": ("Apellido", "Apellidos", "Apellido(s)", "Primer apellido"),
    "it": ("Cognome", "Cognomi"),
    "pt": ("Sobrenome", "Sobrenomes", "Apelido", "Apelidos", "Último nome", "Nome de família"),
    "nl": ("Achternaam", "Familienaam"),
    "sv": ("Efternamn", "Släktnamn"),
    "da": ("Efternavn", "Efternavne"),
    "no": ("Etternavn", "Etternamn", "Slektsnavn"),
    "fi": ("Sukunimi",),
    "pl": ("Nazwisko", "Nazwiska"),
    "cs": ("Příjmení",),
    "tr": ("Soyad", "Soyadı", "Soy ad", "Soyisim", "Soyismi"),
    "ja": ("姓", "苗字", "名字", "姓（漢字）", "ラストネーム"),
}  # fmt: skip

FUNCTIONAL_AREA_WORDS: Words = {
    "en": ("Department Name",),
    "de": ("Abteilung", "Funktionsbereich", "Fachbereich", "Fachabteilung", "Abteilungsname"),
    "fr": ("Département", "Domaine fonctionnel", "Secteur fonctionnel"),
    "es": ("Departamento", "Área funcional", "Area funcional", "Área"),
    "it": ("Dipartimento", "Reparto", "Area funzionale"),
    "pt": ("Departamento", "Área funcional", "Setor"),
    "nl": ("Afdeling", "Functiegebied", "Functioneel gebied"),
    "sv": ("Avdelning", "Funktionsområde"),
    "da": ("Afdeling", "Funktionsområde"),
    "no": ("Avdeling", "Funksjonsområde"),
    "fi": ("Osasto", "Toimintoalue", "Toiminta-alue"),
    "pl": ("Dział", "Obszar funkcjonalny", "Departament", "Wydział"),
    "cs": ("Oddělení", "Funkční oblast", "Útvar"),
    "tr": ("Departman", "Bölüm", "Fonksiyonel alan", "İşlevsel alan"),
    "ja": ("部署", "部門", "所属部署", "所属", "部署名", "職能領域", "職能分野"),
}  # fmt: skip

TITLE_WORDS: Words = {
    "en": ("Position Title",),
    "de": (
        "Stellenbezeichnung", "Berufsbezeichnung", "Jobtitel", "Positionsbezeichnung", "Funktionsbezeichnung",
        "Position", "Titel",
    ),
    "fr": ("Intitulé du poste", "Intitulé de poste", "Poste", "Titre du poste", "Titre de poste", "Titre", "Fonction"),
    "es": ("Cargo", "Puesto", "Puesto de trabajo", "Título del puesto", "Título profesional", "Posición"),
    "it": (
        "Qualifica", "Mansione", "Titolo professionale", "Posizione lavorativa", "Titolo di lavoro", "Posizione",
        "Ruolo",
    ),
    "pt": ("Cargo", "Título do cargo", "Título profissional", "Posição", "Função"),
    "nl": ("Functietitel", "Functienaam", "Functieomschrijving", "Functiebenaming", "Functie", "Titel"),
    "sv": ("Befattning", "Jobbtitel", "Yrkestitel", "Tjänstetitel", "Titel"),
    "da": ("Stillingsbetegnelse", "Jobtitel", "Stilling", "Titel"),
    "no": ("Stillingstittel", "Stillingsbetegnelse", "Jobbtittel", "Stilling", "Tittel"),
    "fi": ("Tehtävänimike", "Ammattinimike", "Nimike", "Titteli"),
    "pl": ("Stanowisko", "Stanowisko pracy", "Nazwa stanowiska"),
    "cs": ("Pracovní pozice", "Pracovní zařazení", "Název pozice", "Pozice"),
    "tr": ("Unvan", "Ünvan", "İş unvanı", "Görev unvanı", "Pozisyon adı", "Pozisyon", "Görev"),
    "ja": ("役職", "役職名", "肩書", "肩書き", "職位", "職名"),
}  # fmt: skip
"""Some stand above degrees and forms of address as well: there the values say which."""

REGION_WORDS: Words = {
    "en": ("Region Name",),
    "de": ("Vertriebsregion", "Verkaufsregion", "Absatzregion"),
    "fr": ("Région", "Région commerciale"),
    "es": ("Región", "Región comercial"),
    "it": ("Regione", "Area geografica"),
    "pt": ("Região", "Região comercial"),
    "nl": ("Regio", "Verkoopregio"),
    "sv": ("Försäljningsregion",),
    "da": ("Salgsregion",),
    "no": ("Salgsregion",),
    "fi": ("Alue", "Myyntialue", "Maantieteellinen alue"),
    "pl": ("Region sprzedaży", "Obszar geograficzny"),
    "cs": ("Oblast", "Obchodní region", "Prodejní region"),
    "tr": ("Bölge", "Satış bölgesi"),
    "ja": ("地域", "リージョン", "エリア", "担当地域"),
}  # fmt: skip

REPORTS_TO_WORDS: Words = {
    "en": ("Line Manager", "Line Manager Email", "Supervisor", "Supervisor Email"),
    "de": (
        "Vorgesetzter", "Vorgesetzte", "Vorgesetzte/r", "Vorgesetzte(r)", "Vorgesetzte*r", "Vorgesetzte:r",
        "Vorgesetzter E-Mail", "Führungskraft", "Direkter Vorgesetzter", "E-Mail Vorgesetzter",
        "E-Mail des Vorgesetzten", "E-Mail der Führungskraft", "Berichtet an", "Manager E-Mail",
        "E-Mail Führungskraft", "Führungskraft E-Mail", "Teamleiter", "Teamleitung",
    ),
    "fr": (
        "Responsable", "Responsable hiérarchique", "Supérieur", "Supérieur hiérarchique", "Supérieur direct",
        "E-mail du responsable", "E-mail du manager", "Rattachement hiérarchique", "Rattaché à", "N+1",
    ),
    "es": (
        "Responsable", "Supervisor", "Jefe", "Jefe directo", "Superior", "Superior directo", "Gerente", "Reporta a",
        "Correo del responsable", "Correo del jefe", "Correo del supervisor",
    ),
    "it": (
        "Responsabile", "Responsabile diretto", "Superiore", "Superiore diretto", "Riporta a",
        "E-mail del responsabile", "Capo diretto",
    ),
    "pt": (
        "Gestor", "Gestor direto", "Gerente", "Superior direto", "Superior hierárquico", "Chefia direta",
        "Chefia imediata", "Supervisor", "E-mail do gestor", "Reporta a", "Responde a",
    ),
    "nl": (
        "Leidinggevende", "Direct leidinggevende", "Rapporteert aan", "E-mail leidinggevende",
        "E-mailadres leidinggevende", "Teamleider",
    ),
    "sv": ("Chef", "Närmaste chef", "Rapporterar till", "Chefens e-post", "E-post chef", "Överordnad"),
    "da": ("Leder", "Nærmeste leder", "Refererer til", "Rapporterer til", "Leders e-mail", "Chef", "Overordnet"),
    "no": ("Leder", "Nærmeste leder", "Rapporterer til", "Leders e-post", "Sjef", "Overordnet"),
    "fi": ("Esimies", "Esihenkilö", "Lähiesimies", "Lähiesihenkilö", "Raportoi", "Esimiehen sähköposti"),
    "pl": ("Przełożony", "Bezpośredni przełożony", "Kierownik", "Menedżer", "Raportuje do", "E-mail przełożonego"),
    "cs": ("Nadřízený", "Přímý nadřízený", "Vedoucí", "Manažer", "E-mail nadřízeného", "Podřízen komu"),
    "tr": (
        "Yönetici", "Yöneticisi", "Bağlı olduğu yönetici", "Müdür", "Amir", "Üst yönetici", "Yönetici e-posta",
        "Yönetici e-postası", "Raporladığı kişi",
    ),
    "ja": (
        "上司", "上長", "直属の上司", "マネージャー", "マネジャー", "上司のメールアドレス", "上司メールアドレス",
        "上長メールアドレス", "報告先", "レポート先",
    ),
}  # fmt: skip

METHODOLOGY_WORDS: Words = {
    "en": ("Methodologies Access", "Methodology Seat", "Methodology Seats"),
    "de": ("Methodik", "Methodiken", "Methodologie", "Methodologien", "Methodikzugang", "Zugang zu Methodiken"),
    "fr": ("Méthodologie", "Méthodologies", "Accès aux méthodologies", "Accès à la méthodologie"),
    "es": ("Metodología", "Metodologías", "Acceso a metodologías", "Acceso a la metodología"),
    "it": ("Metodologia", "Metodologie", "Accesso alle metodologie", "Accesso alla metodologia"),
    "pt": ("Metodologia", "Metodologias", "Acesso a metodologias", "Acesso às metodologias"),
    "nl": ("Methodologie", "Methodologieën", "Methodiek", "Methodieken", "Toegang tot methodologie"),
    "sv": ("Metodik", "Metodiker", "Metodologi", "Metodologier"),
    "da": ("Metodik", "Metodikker", "Metodologi", "Metodologier"),
    "no": ("Metodikk", "Metodikker", "Metodologi", "Metodologier"),
    "fi": ("Metodologia", "Metodologiat", "Metodiikka", "Metodiikat"),
    "pl": ("Metodologia", "Metodologie", "Metodyka", "Metodyki", "Dostęp do metodologii"),
    "cs": ("Metodologie", "Metodika", "Metodiky", "Přístup k metodikám"),
    "tr": ("Metodoloji", "Metodolojiler", "Metodoloji erişimi"),
    "ja": ("メソドロジー", "方法論", "メソドロジーアクセス"),
}  # fmt: skip

FULL_NAME_WORDS: Words = {
    "en": ("Full Name", "First and Last Name", "First Name and Last Name", "First Last", "Name Surname"),
    "de": ("Vollständiger Name", "Voller Name", "Vor- und Nachname", "Vor- und Zuname", "Vorname Nachname"),
    "fr": ("Nom complet", "Prénom et nom", "Prénom Nom"),
    "es": ("Nombre completo", "Nombre y apellidos", "Nombre y apellido", "Nombres y apellidos"),
    "it": ("Nome completo", "Nome e cognome", "Nome Cognome"),
    "pt": ("Nome completo", "Nome e sobrenome", "Nome e apelido"),
    "nl": ("Volledige naam", "Voor- en achternaam", "Voornaam en achternaam"),
    "sv": ("Fullständigt namn", "För- och efternamn", "Hela namnet"),
    "da": ("Fulde navn", "For- og efternavn", "Fuldt navn"),
    "no": ("Fullt navn", "For- og etternavn", "Fullstendig navn"),
    "fi": ("Koko nimi", "Etu- ja sukunimi", "Etunimi ja sukunimi"),
    "pl": ("Imię i nazwisko", "Pełne imię i nazwisko", "Imię Nazwisko"),
    "cs": ("Celé jméno", "Jméno a příjmení", "Jméno Příjmení"),
    "tr": ("Tam ad", "Tam adı", "Ad soyad", "Adı soyadı", "Ad ve soyad", "İsim soyisim"),
    "ja": ("氏名", "フルネーム", "姓名", "お名前", "名前（フルネーム）"),
}  # fmt: skip
"""First the given name, then the family name; of Japanese names it is as the sheet has them."""

NAME_WORDS: Words = {
    "en": ("Name",),
    "de": ("Name",),
    "fr": ("Nom",),
    "es": ("Nombre", "Nombres"),
    "it": ("Nome",),
    "pt": ("Nome",),
    "nl": ("Naam",),
    "sv": ("Namn",),
    "da": ("Navn",),
    "no": ("Navn",),
    "fi": ("Nimi",),
    "pl": ("Nazwa",),
    "cs": ("Jméno",),
    "tr": ("Ad", "Adı", "İsim", "İsmi"),
    "ja": ("名前",),
}
"""A name, of which the columns beside say which: beside a first name it is the last one, and the other way round."""
