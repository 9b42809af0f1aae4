"""Mails of plain text end with their text: neither the line on leaving the list nor the sender's address is any."""

from __future__ import annotations

import pytest

from copydesk.cleaners import clean

# fmt: off
MAILS = {'en':("The harbour opens again","The harbour of the town opened again on Tuesday after the mole had been repaired, and forty boats left before noon.","The work took three months longer than planned, since two of the divers had been ill for most of the spring.","To unsubscribe from this list, visit https://harbour.example/unsubscribe","Harbour Letter, 12 Quay Street, Gullport GP1 4AB"),
'de':("Der Hafen ist offen","Der Hafen der Stadt ist seit Dienstag wieder offen, nachdem die Mole repariert wurde, und vierzig Boote liefen vor Mittag aus.","Die Arbeiten dauerten drei Monate länger als geplant, weil zwei der Taucher krank waren.","Um sich abzumelden, besuchen Sie https://hafen.example/abmelden","Hafenbrief, Kaistraße 12, 20457 Hamburg"),
'fr':("Le port rouvre","Le port de la ville a rouvert mardi après la réparation du môle, et quarante bateaux sont partis avant midi.","Les travaux ont duré trois mois de plus que prévu, car deux des plongeurs étaient malades.","Pour vous désinscrire, cliquez sur https://port.example/stop","La Lettre du Port, 12 rue du Quai, 13002 Marseille"),
'es':("El puerto abre","El puerto de la ciudad volvió a abrir el martes tras la reparación del muelle, y cuarenta barcos salieron antes del mediodía.","Las obras duraron tres meses más de lo previsto, porque dos de los buzos estaban enfermos.","Para darse de baja visite https://puerto.example/baja","Carta del Puerto, Calle del Muelle 12, 29001 Málaga"),
'it':("Il porto riapre","Il porto della città ha riaperto martedì dopo la riparazione del molo, e quaranta barche sono partite prima di mezzogiorno.","I lavori sono durati tre mesi più del previsto, perché due sommozzatori erano malati.","Per annullare l'iscrizione visita https://porto.example/stop","Lettera del Porto, Via del Molo 12, 16126 Genova"),
'nl':("De haven is open","De haven van de stad is sinds dinsdag weer open nadat de pier was hersteld, en veertig boten vertrokken voor de middag.","Het werk duurde drie maanden langer dan gepland, omdat twee van de duikers ziek waren.","Om je af te melden ga naar https://haven.example/stop","Havenbrief, Kade 12, 3011 Rotterdam"),
'pt':("O porto reabre","O porto da cidade reabriu na terça-feira depois do conserto do molhe, e quarenta barcos saíram antes do meio-dia.","A obra durou três meses a mais que o previsto, porque dois dos mergulhadores estavam doentes.","Para cancelar a inscrição visite https://porto.example/sair","Carta do Porto, Rua do Cais 12, 4050 Porto"),
'ru':("Порт открыт","Порт города снова открылся во вторник после ремонта мола, и сорок лодок вышли до полудня.","Работы длились на три месяца дольше, чем планировалось, потому что двое водолазов болели.","Чтобы отписаться, перейдите по ссылке https://port.example/stop","Письмо порта, Набережная 12, 236000 Калининград"),
'pl':("Port znów otwarty","Port miasta został ponownie otwarty we wtorek po naprawie falochronu, a czterdzieści łodzi wypłynęło przed południem.","Prace trwały trzy miesiące dłużej niż planowano, ponieważ dwóch nurków chorowało.","Aby wypisać się z listy, wejdź na https://port.example/stop","List z Portu, ul. Nabrzeżna 12, 80-001 Gdańsk"),
'sv':("Hamnen öppnar","Stadens hamn öppnade igen på tisdagen efter att piren hade lagats, och fyrtio båtar lämnade före lunch.","Arbetet tog tre månader längre än planerat, eftersom två av dykarna var sjuka.","För att avsluta prenumerationen, gå till https://hamn.example/stopp","Hamnbrevet, Kajgatan 12, 411 01 Göteborg")}
# fmt: on
"""By language the headline, two paragraphs, the line on leaving the list and the sender's address."""


@pytest.mark.parametrize("language", MAILS)
def test_the_footer_of_a_mail_is_no_text(language: str) -> None:
    headline, first, second, leaving, address = MAILS[language]
    last = f"{first[:-1]} ({second[:20]})."
    text = clean("\n\n".join([headline, first, second, last, f"--\n{leaving}\n{address}\n"])).text
    assert text.split("\n\n")[-3:] == [first, second, last]
