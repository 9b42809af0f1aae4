"""Which language a text is in: told by the text where it is long enough, else by the page, else unknown."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cleaners.language import MIN_LETTERS, detect
from cleaners.lexicon import languages
from copydesk import clean

ARTICLES: dict[str, tuple[str, ...]] = {
    "en": (
        (
            "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of some "
            "two hundred people had come to the square to hear it."
        ),
        (
            "The mechanism had stood still since a storm bent the axle of the minute hand. Two apprentices took it apart "
            "last winter and made the broken parts anew."
        ),
        (
            "The council paid for the material only. The watchmaker said that the clock would now lose less than a minute "
            "a month, which was better than on the day it was built."
        ),
    ),
    "de": (
        (
            "Die Uhr am Rathaus hat am Freitag zum ersten Mal seit elf Jahren wieder zwölf geschlagen, und rund "
            "zweihundert Menschen waren auf den Platz gekommen, um sie zu hören."
        ),
        (
            "Das Werk stand still, seit ein Sturm die Achse des Minutenzeigers verbogen hatte. Zwei Lehrlinge haben es im "
            "vergangenen Winter zerlegt und die gebrochenen Teile neu gefertigt."
        ),
        (
            "Die Gemeinde bezahlte nur das Material. Der Uhrmacher sagte, die Uhr werde nun weniger als eine Minute im "
            "Monat verlieren, und das sei besser als am Tag ihres Baus."
        ),
    ),
    "fr": (
        (
            "L'horloge de la mairie a sonné midi vendredi pour la première fois depuis onze ans, et quelque deux cents "
            "personnes étaient venues sur la place pour l'entendre."
        ),
        (
            "Le mécanisme était arrêté depuis qu'une tempête avait tordu l'axe de la grande aiguille. Deux apprentis l'ont "
            "démonté l'hiver dernier et ont refait les pièces cassées."
        ),
        (
            "La commune n'a payé que le matériel. L'horloger assure que l'horloge perdra désormais moins d'une minute par "
            "mois, ce qui est mieux que le jour de sa construction."
        ),
    ),
    "es": (
        (
            "El reloj del ayuntamiento dio las doce el viernes por primera vez en once años, y unas doscientas personas "
            "habían acudido a la plaza para escucharlo."
        ),
        (
            "El mecanismo estaba parado desde que una tormenta dobló el eje del minutero. Dos aprendices lo desmontaron el "
            "invierno pasado y rehicieron las piezas rotas."
        ),
        (
            "El municipio solo pagó el material. El relojero dijo que ahora el reloj perderá menos de un minuto al mes, "
            "mejor que el día en que fue construido."
        ),
    ),
    "it": (
        (
            "L'orologio del municipio ha battuto mezzogiorno venerdì per la prima volta dopo undici anni, e circa duecento "
            "persone erano venute in piazza per sentirlo."
        ),
        (
            "Il meccanismo era fermo da quando una tempesta aveva piegato l'asse della lancetta dei minuti. Due apprendisti "
            "lo hanno smontato lo scorso inverno e hanno rifatto i pezzi rotti."
        ),
        (
            "Il comune ha pagato soltanto il materiale. L'orologiaio ha detto che ora perderà meno di un minuto al mese, "
            "meglio del giorno in cui fu costruito."
        ),
    ),
    "pt": (
        (
            "O relógio da câmara municipal bateu o meio-dia na sexta-feira pela primeira vez em onze anos, e cerca de "
            "duzentas pessoas tinham vindo à praça para o ouvir."
        ),
        (
            "O mecanismo estava parado desde que uma tempestade entortou o eixo do ponteiro dos minutos. Dois aprendizes "
            "desmontaram-no no inverno passado e refizeram as peças partidas."
        ),
        (
            "O município pagou apenas o material. O relojoeiro disse que o relógio vai agora perder menos de um minuto por "
            "mês, melhor do que no dia em que foi construído."
        ),
    ),
    "nl": (
        (
            "De klok van het stadhuis sloeg vrijdag voor het eerst in elf jaar weer twaalf uur, en zo'n tweehonderd mensen "
            "waren naar het plein gekomen om het te horen."
        ),
        (
            "Het uurwerk stond stil sinds een storm de as van de minutenwijzer had verbogen. Twee leerlingen haalden het "
            "afgelopen winter uit elkaar en maakten de gebroken delen opnieuw."
        ),
        (
            "De gemeente betaalde alleen het materiaal. De klokkenmaker zei dat de klok nu minder dan een minuut per maand "
            "zal verliezen, en dat is beter dan op de dag dat hij werd gebouwd."
        ),
    ),
    "sv": (
        (
            "Klockan på rådhuset slog tolv i fredags för första gången på elva år, och omkring tvåhundra människor hade "
            "kommit till torget för att höra den."
        ),
        (
            "Urverket hade stått stilla sedan en storm böjde minutvisarens axel. Två lärlingar tog isär det förra vintern "
            "och gjorde de trasiga delarna på nytt."
        ),
        (
            "Kommunen betalade bara för materialet. Urmakaren sade att klockan nu kommer att förlora mindre än en minut i "
            "månaden, vilket är bättre än den dag den byggdes."
        ),
    ),
    "pl": (
        (
            "Zegar na ratuszu wybił w piątek południe po raz pierwszy od jedenastu lat, a na rynek przyszło około dwustu "
            "osób, które chciały go usłyszeć."
        ),
        (
            "Mechanizm stał, odkąd burza wygięła oś wskazówki minutowej. Dwóch uczniów rozebrało go zeszłej zimy i wykonało "
            "od nowa połamane części."
        ),
        (
            "Gmina zapłaciła tylko za materiał. Zegarmistrz powiedział, że zegar będzie teraz tracił mniej niż minutę na "
            "miesiąc, czyli mniej niż w dniu, w którym go zbudowano."
        ),
    ),
    "tr": (
        (
            "Belediye binasının saati cuma günü on bir yıl aradan sonra ilk kez öğleni çaldı ve onu duymak için meydana "
            "yaklaşık iki yüz kişi gelmişti."
        ),
        (
            "Bir fırtına dakika kolunun milini büktüğünden beri saat duruyordu. İki çırak geçen kış onu söktü ve kırılan "
            "parçaları yeniden yaptı."
        ),
        (
            "Belediye yalnızca malzemenin parasını ödedi. Saatçi, saatin artık ayda bir dakikadan az geri kalacağını, "
            "bunun yapıldığı günden bile daha iyi olduğunu söyledi."
        ),
    ),
    "ru": (
        (
            "Часы на ратуше в пятницу впервые за одиннадцать лет пробили полдень, и послушать их на площадь пришли около "
            "двухсот человек."
        ),
        (
            "Механизм стоял с тех пор, как буря погнула ось минутной стрелки. Прошлой зимой двое учеников разобрали его и "
            "заново сделали сломанные детали."
        ),
        (
            "Городской совет заплатил только за материалы. Часовщик сказал, что теперь часы будут отставать меньше чем на "
            "минуту в месяц, а это лучше, чем в день их постройки."
        ),
    ),
    "ar": (
        (
            "دقت ساعة مبنى البلدية ظهر يوم الجمعة للمرة الأولى منذ أحد عشر عاما، وكان نحو مئتي شخص قد حضروا إلى الساحة "
            "لسماعها."
        ),
        (
            "وكانت الآلة متوقفة منذ أن ثنت عاصفة محور عقرب الدقائق. وقد فككها متدربان في الشتاء الماضي وصنعا القطع "
            "المكسورة من جديد."
        ),
        (
            "ودفعت البلدية ثمن المواد فقط. وقال صانع الساعات إن الساعة ستتأخر الآن أقل من دقيقة في الشهر، وهذا أفضل من "
            "يوم بنائها."
        ),
    ),
    "hi": (
        (
            "नगर भवन की घड़ी ने शुक्रवार को ग्यारह साल में पहली बार दोपहर के बारह बजाए, और इसे सुनने के लिए लगभग दो सौ "
            "लोग चौक पर आए थे।"
        ),
        (
            "एक तूफान ने मिनट की सुई की धुरी मोड़ दी थी और तब से यह घड़ी बंद थी। दो प्रशिक्षुओं ने पिछली सर्दियों में इसे खोला "
            "और टूटे हुए पुर्जे नए सिरे से बनाए।"
        ),
        (
            "नगर परिषद ने केवल सामान का पैसा दिया। घड़ीसाज ने कहा कि घड़ी अब एक महीने में एक मिनट से भी कम पीछे होगी, जो "
            "उसके बनने के दिन से भी बेहतर है।"
        ),
    ),
    "ja": (
        "市役所の時計が金曜日、十一年ぶりに正午の鐘を鳴らし、その音を聞こうと約二百人が広場に集まった。",
        "時計は嵐で長針の軸が曲がって以来、止まったままだった。昨年の冬、二人の見習いが分解し、壊れた部品を新しく作り直した。",
        "市が支払ったのは材料費だけだった。時計職人は、これからは遅れが一か月に一分もないだろうと話し、作られた日よりも正確だと語った。",
    ),
    "ko": (
        "시청의 시계가 금요일 열한 해 만에 처음으로 정오를 알렸고, 그 소리를 들으려고 약 이백 명이 광장에 모였다.",
        "폭풍으로 분침의 축이 휘어진 뒤로 시계는 멈춰 있었다. 지난겨울 견습생 두 명이 시계를 분해해 부서진 부품을 새로 만들었다.",
        "시는 재료비만 냈다. 시계공은 이제 시계가 한 달에 일 분도 늦지 않을 것이며 만들어진 날보다 더 정확하다고 말했다.",
    ),
    "zh": (
        "市政厅的大钟星期五十一年来第一次敲响了正午的钟声，大约两百人来到广场上聆听。",
        "自从一场暴风雨把分针的轴吹弯以后，这座钟就一直停着。去年冬天，两名学徒把它拆开，重新制作了损坏的零件。",
        "市议会只支付了材料费。钟表匠说，这座钟现在每个月的误差不到一分钟，比它建成的那一天还要准。",
    ),
}
"""A short article in each language, composed for the tests."""


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_a_paragraph_tells_its_language(code: str) -> None:
    for paragraph in ARTICLES[code]:
        guess = detect(paragraph)
        assert (guess.language, guess.source) == (code, "text")
        assert guess.score is not None
        assert 0.5 < guess.score <= 1


def test_every_language_with_a_lexicon_has_an_article() -> None:
    assert sorted(ARTICLES) == list(languages())


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_a_record_has_the_language_of_its_page(code: str) -> None:
    record = clean("".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES[code]))
    assert (record.language, record.language_source) == (code, "text")
    assert [share.language for share in record.languages] == [code]


def test_what_the_page_declares_and_the_text_says_are_told_apart() -> None:
    english, german = " ".join(ARTICLES["en"]), " ".join(ARTICLES["de"])
    agreed, contradicted = detect(english, "en-GB"), detect(german, "en")
    assert (agreed.language, agreed.source) == ("en", "both")
    assert (contradicted.language, contradicted.source) == ("de", "text")


@pytest.mark.parametrize("scrap", ["", " ", "Hi there", "Ciao", "x" * (MIN_LETTERS - 1), "今日は", "Привет"])
def test_scraps_are_never_guessed(scrap: str) -> None:
    assert detect(scrap).language == "und"
    assert detect(scrap).score is None
    assert detect(scrap).source is None


@pytest.mark.parametrize("declared", ["fr", "fr-CA", "fr_FR", "FR"])
def test_the_declared_language_serves_where_the_text_is_short(declared: str) -> None:
    guess = detect("Salut", declared)
    assert (guess.language, guess.score, guess.source) == ("fr", None, "declared")


@pytest.mark.parametrize("declared", ["", "  ", "x", "1234", "english language", "-", "<script>"])
def test_a_declaration_that_is_no_language_is_not_believed(declared: str) -> None:
    assert detect("Salut", declared).language == "und"


@pytest.mark.parametrize(
    "text",
    ["1234567890 " * 40, "2026-11-20 12:30:00 " * 30, "!?…—„“ " * 50, "🎉🎈" * 60, "\u0301" * 200],
)
def test_what_has_no_letters_has_no_language(text: str) -> None:
    assert detect(text).language == "und"


@pytest.mark.parametrize("repeated", ["123 456 7.89 ", "https://example.org/2026/11/20?p=1&q=2 "])
def test_digits_and_addresses_between_words_do_not_mislead(repeated: str) -> None:
    assert detect(repeated + ARTICLES["sv"][1] + repeated).language == "sv"


def test_chinese_is_zh_however_it_is_written() -> None:
    traditional = (
        "市政廳的大鐘星期五十一年來第一次敲響了正午的鐘聲，大約兩百人來到廣場上聆聽，他們都說聲音很響。"
    )
    assert detect(traditional).language == "zh"
    assert detect(ARTICLES["zh"][0], "zh-CN").source == "both"


def test_the_same_text_is_the_same_language_in_every_process() -> None:
    """langdetect draws lots unless it is seeded: fresh processes must agree to the last digit."""
    mixed = ARTICLES["pt"][0] + " " + ARTICLES["es"][1]
    ask = "import sys; from cleaners.language import detect; print(detect(sys.argv[1]))"
    answers = {
        subprocess.run([sys.executable, "-c", ask, mixed], capture_output=True, check=True, text=True).stdout
        for _ in range(3)
    }
    assert answers == {f"{detect(mixed)}\n"}


def test_earlier_texts_do_not_change_a_verdict() -> None:
    alone = detect(ARTICLES["nl"][2])
    for code in ARTICLES:
        detect(ARTICLES[code][0])
    assert detect(ARTICLES["nl"][2]) == alone
