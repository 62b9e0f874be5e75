"""The words that mail programs write around people's words, in the languages they write them in.

Data only. The sources are the mail programs' own localisations as they show in mails (Gmail,
Outlook, Apple Mail, Thunderbird, Yahoo, K-9 and others); a language is added by adding its words.
"""

# ruff: noqa: RUF001 - the letters of other alphabets are meant, here more than anywhere

# The verb of "On Monday, Ann wrote:", in lower case. The verbs of speech are apart: prose has them.
WROTE = (
    "wrote",
    "writes",
    "a écrit",
    "a ecrit",
    "écrivait",
    "schrieben sie",
    "schrieb",
    "geschrieben",
    "escribió",
    "escribio",
    "va escriure",
    "ha scritto",
    "scrive",
    "escreveu",
    "schreef",
    "skrev",
    "kirjoitti",
    "napisał(a)",
    "napisała",
    "napisał",
    "napsal(a)",
    "napsal",
    "napsala",
    "napísal",
    "napísala",
    "написал",
    "написала",
    "написал(а)",
    "пишет",
    "пише",
    "írta",
    "yazdı",
    "έγραψε",
    "a scris",
    "đã viết",
    "כתב",
    "كتب",
    "写道",
    "寫道",
    "のメール",
    "님이 작성",
    "님이작성",
)
SAID = ("said", "says", "nous a dit")

# The first words of such a line.
ON = (
    "On",
    "At",
    "In message",
    "Le",
    "Am",
    "Il giorno",
    "Il",
    "In data",
    "El",
    "Em",
    "Op",
    "Den",
    "På",
    "Dnia",
    "W dniu",
    "Dňa",
    "Dne",
    "Vào",
    "În data",
    "La data",
    "Στις",
    "在",
    "于",
    "於",
)

MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|"  # English, and most of the Germanic ones
    "janv|févr|avr|mai|juin|juil|août|déc|"  # French
    "mär|maj|okt|dez|"  # German, Nordic, Polish
    "ene|abr|ago|dic|"  # Spanish
    "gen|mag|giu|lug|set|ott|"  # Italian
    "fev|out|"  # Portuguese
    "sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|"  # Polish
    "янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек|серп|груд|січ|лют|бер|квіт"
)

# Field names of a header block, by what they hold.
FIELDS = {
    "from": (
        "From|Von|De|Expéditeur|Da|Van|Från|Fra|Lähettäjä|Od|От|Від|Gönderen|Kimden|"
        "Feladó|Από|Remitente|发件人|寄件者|差出人|보낸 사람"
    ),
    "to": (
        "To|An|À|A|Pour|Destinataire|Para|Aan|Till|Til|Vastaanottaja|Do|Komu|Кому|Kime|"
        "Címzett|Προς|收件人|宛先|받는 사람"
    ),
    "cc": ("Cc|Kopie|Copie à|Copie|Kopi|Kopia|Kopio|DW|Копия|抄送|참조"),
    "date": (
        "Date|Sent|Gesendet|Datum|Gesendet am|Envoyé le|Envoyé|Message du|Le|Fecha|"
        "Enviado el|Enviado|Enviada em|Enviado em|Data|Inviato|Verzonden|Skickat|Sendt|"
        "Dato|Lähetetty|Päivämäärä|Wysłano|Wysłane|Odesláno|Отправлено|Дата|Надіслано|"
        "Tarih|Gönderildi|Dátum|Elküldve|Ημερομηνία|发送时间|日期|送信日時|日付|보낸 날짜|날짜"
    ),
    "subject": (
        "Subject|Betreff|Objet|Sujet|Asunto|Oggetto|Assunto|Onderwerp|Ämne|Emne|Aihe|"
        "Temat|Předmět|Predmet|Тема|Konu|Tárgy|Θέμα|主题|主旨|件名|제목"
    ),
    "reply-to": ("Reply-To|Antwort an|Répondre à|Responder a|Risposta|Svar til|回复"),
}

# "-----Original Message-----" and its kin.
ORIGINAL = (
    "Original Message|Original Email|Original Appointment|Reply Message|Ursprüngliche Nachricht|"
    "Originalnachricht|Ursprüngliche E-?Mail|Message d'origine|Message d’origine|"
    "Message original|E-mail d’origine|Mensaje original|Messaggio originale|Messaggio Originale|"
    "Mensagem original|Oorspronkelijk bericht|Ursprungligt meddelande|Originalmeddelande|"
    "Oprindelig meddelelse|Oprindelig besked|Opprinnelig melding|Alkuperäinen viesti|"
    "Oryginalna wiadomość|Wiadomość oryginalna|Původní zpráva|Исходное сообщение|"
    "Оригинальное сообщение|Orijinal Mesaj|Eredeti üzenet|原始邮件|原始郵件|元のメッセージ|"
    "원본 메시지|Quoted Message"
)
FORWARDED = (
    "Forwarded Message|Forwarded by [^-]+|Weitergeleitete Nachricht|Message transféré|"
    "Message réexpédié|Mensaje reenviado|Messaggio inoltrato|Mensagem encaminhada|"
    "Mensagem reencaminhada|Doorgestuurd bericht|Vidarebefordrat meddelande|"
    "Videresendt meddelelse|Videresendt besked|Videresendt melding|Välitetty viesti|"
    "Wiadomość przekazana|Treść przekazanej wiadomości|Přeposlaná zpráva|Пересылаемое сообщение|"
    "Пересланное сообщение|İletilen mesaj|Továbbított üzenet|"
    "转发邮件|转发的邮件|轉寄郵件|転送メッセージ|전달된 메시지"
)
# Apple Mail's, which has no dashes.
BEGIN_FORWARDED = (
    "Begin forwarded message|Anfang der weitergeleiteten Nachricht|"
    "Anfang der weitergeleiteten E-Mail|Début du message transféré|Début du message réexpédié|"
    "Inicio del mensaje reenviado|Inizio messaggio inoltrato|Início da mensagem reencaminhada|"
    "Início da mensagem encaminhada|Begin doorgestuurd bericht|Vidarebefordrat brev|"
    "Videresendt besked|Start på videresendt melding|Välitetty viesti alkaa|"
    "Początek przekazywanej wiadomości|Začátek přeposlané zprávy"
    "|Начало переадресованного сообщения|"
    "转发的邮件开始|転送されたメッセージ"
)
# Help desks mark the place above which they expect the reply.
REPLY_ABOVE = (
    "(?:please )?(?:type|write|reply|enter|add)(?: your)?(?: reply| response"
    "| message)? above (?:this|the) line"
    "|bitte (?:antworten|schreiben) sie (?:oberhalb|über) dieser (?:linie|zeile)"
    "|(?:veuillez )?(?:répondre|écrire|répondez|rédigez votre réponse) au-dessus de cette ligne"
    "|(?:por favor,? )?(?:responda|escriba)(?: su respuesta)? por encima de esta línea"
    "|(?:si prega di )?(?:rispondere|scrivere) sopra (?:a )?questa (?:linea|riga)"
)
# Fields that hold a date elsewhere too; "Sent" and its kin are a mail's alone.
PLAIN_DATES = frozenset(
    (
        "date",
        "datum",
        "le",
        "fecha",
        "data",
        "dato",
        "дата",
        "tarih",
        "dátum",
        "日期",
        "日付",
        "날짜",
    )
)
FORWARD_SUBJECT = r"^\s*(?:fwd?|fw|wg|tr|rv|i|enc|vs|vb|pd|doorst|ilt|továbbítás|转发|轉寄)\s*:"

# The farewell at the end. Longest first where one begins another.
CLOSINGS = (
    r"(?:thank(?:s| you)|many thanks|thx|cheers|ta)(?: (?:so|very) much| a lot| again| in advance"
    r"| for (?:your|the) (?:help|time|assistance|support))*(?: and (?:best |kind )?regards)?"
    r"|(?:with |my )?(?:best|kind|kindest|warm|warmest) (?:regards|wishes)|(?:with )?regards"
    r"|(?:yours )?(?:very )?(?:sincerely|truly|faithfully)(?: yours)?|yours|respectfully"
    r"|all the best|best|take care|have a (?:good|nice|great) (?:day|one|weekend|evening)"
    r"|looking forward to (?:your (?:reply|answer)|hearing from you)|your (?:pal|friend)|love"
    r"|xo+|br|kr|kh|rgds"
    r"|mit (?:freundlichen|besten|lieben|herzlichen|vielen) gr(?:ü|ue)(?:ß|ss)en"
    r"|(?:freundliche|beste|viele|liebe|sch(?:ö|oe)ne|herzliche)n? gr(?:ü|ue)(?:ß|ss)e?n?"
    r"|gr(?:u|ü|ue)(?:ß|ss)e?|hochachtungsvoll|(?:vielen |herzlichen |besten )?dank(?: im voraus)?"
    r"|danke(?: im voraus)?|mfg|lg|vg"
    r"|(?:bien )?cordialement|bien à (?:vous|toi)|(?:meilleures |sincères )?salutations"
    r"|merci(?: beaucoup| d['’]avance| par avance)*|cdlt"
    r"|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente"
    r"|(?:muchas )?gracias(?: de antemano)?"
    r"|(?:cordiali|distinti|un cordiale) salut[io]|(?:un )?salut[io]|(?:molte )?grazie(?: mille)?"
    r"|atenciosamente|cumprimentos|(?:um )?abraços?|(?:muito )?obrigad[oa]"
    r"|met vriendelijke groet(?:en)?|(?:vriendelijke |hartelijke )?groet(?:en|jes)?|mvg|bedankt"
    r"|(?:med )?(?:vänlig|vänliga|venlig|vennlig) (?:hälsning(?:ar)?|hilsen)|mvh|(?:hilsen"
    r"|hälsningar)"
    r"|(?:ystävällisin |parhain )?terveisin|kiitos"
    r"|z poważaniem|pozdrawiam|s pozdravem|с уважением|спасибо|з повагою|saygılarımla|üdvözlettel"
    r"|此致|谢谢|よろしくお願いします|감사합니다"
)

# "Sent from my iPhone": what precedes, what follows, and the devices that make it sure.
SENT_FROM = (
    r"sent (?:from|via|with|by|using)|from my|envoyé (?:depuis|de|à partir d[e'’]|avec)"
    r"|gesendet (?:von|mit|über)|von meine[mr]|diese nachricht wurde von|inviato (?:da|dal|con)"
    r"|enviado (?:desde|do|de|a partir|com|con)|verzonden (?:met|vanaf|met)|verstuurd vanaf"
    r"|sendt fra|skickat från|från min|lähetetty|wysłane z|wysłano z|odesláno z|отправлено (?:с|из)"
    r"|надіслано з|gönderildi|get outlook for|télécharge[rz] outlook pour|outlook für (?:ios"
    r"|android)"
    r"|obtener outlook|從我的|发自我的|iphoneから送信"
)
DEVICES = (
    r"iphone|ipad|ipod|ios|phone|mobil|cell|handy|samsung|galaxy|android|blackberry|huawei|xiaomi"
    r"|htc|nokia|pixel|outlook|mail|yahoo|gmail|windows|smartphone|tablet|device|handset|aol"
    r"|telefon"
)

# Paragraphs that lawyers and mail gateways add: two of these with one of the core, or one of the
# sure. The core is about the mail's reader, of whom no customer writes.
LEGAL = (
    r"confidential|privileged|intended (?:recipient|solely|only|for)|addressee|in error"
    r"|unauthori[sz]ed|disclos|dissemination|strictly prohibited|delete (?:it|this|the|all)|"
    r"notify the sender|advise the sender|views expressed|liab(?:le|ility)|viruse?s?\b"
    r"|registered (?:in|office)"
    r"|vertraulich|irrtümlich|nicht der (?:richtige|beabsichtigte)|vernichten|unbefugt|adressat"
    r"|confidentiel|destinataire|par erreur|détruire|confidencial|destinatario|por error|riservat"
    r"|per errore|confidenciais|por engano|vertrouwelijk|geadresseerde|ten onrechte|konfidentiell"
    r"|fortrolig|poufn|конфиденциальн"
)
LEGAL_CORE = (
    r"intended (?:recipient|solely|only|for)|addressee|privileged|views expressed"
    r"|registered (?:in|office)"
    r"|if you (?:have )?receive(?:d)? (?:this|it)|(?:richtige|beabsichtigte) (?:adressat|empfänger)"
    r"|adressat|destinataire|destinatari|geadresseerde|adressaten|adressat"
    r"|this (?:e-?mail|message|communication)|diese e-?mail|ce (?:message|courriel)"
    r"|este (?:mensaje|correo)"
    r"|questo messaggio|esta mensagem|dit bericht|данное сообщение"
)
LEGAL_SURE = (
    r"^\W*(?:confidentiality notice|disclaimer|legal notice|vertraulichkeitshinweis"
    r"|haftungsausschluss"
    r"|avis de confidentialité|aviso (?:legal|de confidencialidad)|avvertenze legali)\b"
    r"|please consider the environment|think before you print|n['’]imprimez ce"
    r"|bitte denken sie an die umwelt"
    r"|virus-free|this (?:e-?mail|message) (?:has been|was) (?:scanned|checked)|no virus found"
    r"|avast\.com|avg\.com|mailscanner|message(?:labs)? .{0,40}scanned"
)
LIST_FOOTER = (
    r"mailing list$|\bunsubscribe\b.{0,80}(?:https?:|@|click|visit|here|settings|preferences|list)"
    r"|^(?:to )?unsubscribe\b|^you (?:are receiv|receiv)(?:ing|ed) this (?:e-?mail|message|because)"
    r"|^you(?:'re|’re) receiving this|/mailman/listinfo/|^reply to this email directly"
    r"|^view (?:this|it) in (?:your )?browser|^manage (?:your )?(?:preferences|subscription)"
    r"|^(?:um sich abzumelden|abmelden|vom newsletter abmelden|se désinscrire|se désabonner"
    r"|darse de baja|cancelar la suscripción|annulla iscrizione|uitschrijven)\b"
)
# Gateways put these above the words.
BANNER = (
    r"^\W*(?:caution|warning|attention|external|\[?external(?: e-?mail)?\]?|achtung"
    r"|externe e-?mail|vorsicht)"
    r"\b.{0,60}(?:external|originated|outside|sender|extern|außerhalb)"
    r"|^\W*this (?:e-?mail|message) (?:originated|came|was sent) from (?:outside|an external)"
    r"|^\W*you don['’]t often get email from"
)
# Lines that name a product or a case: never part of a signature, whatever stands around them.
PRODUCT = (
    r"\b(?:order|serial|model|version|firmware|ticket|case|ref(?:erence)?|account|customer|invoice"
    r"|error|software|product|imei|s/n|bestell|kunden|serien|rechnung|fehler|commande|pedido"
    r"|ordine)"
    r"\b[^\n]{0,20}[:#=]"
)
