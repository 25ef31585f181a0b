"""What a question wants: the server looked at or changed, or only an answer in words?

A pure function of the words, in English and German: no model is asked which model to ask. A wrong
guess costs a dearer or a weaker model for one turn, and nothing else.
"""

from __future__ import annotations

import re
from typing import Literal

Intent = Literal["action", "conversation"]
"""What a question wants."""

_PLACE = re.compile(
    r"(?:^|[\s\"'(])(?:~|\.{1,2})?/[\w.-]+|\b[\w-]+\.(?:pdf|txt|md|jpe?g|png|mp4|mkv|zip|tar|gz|log"
    r"|ya?ml|json|conf|cfg|service|docx?|xlsx?|csv)\b|\bport \d+|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
"""A file, a folder, a port, an address: whoever names one means it."""

_IN_WORDS = re.compile(
    r"^(?:please |bitte )?(?:"
    r"(?:what|who) (?:is|are|was|were) (?:an?\b|the (?:difference|meaning|capital)|\w+ good for)"
    r"|what (?:does|do) .+ (?:mean|stand for)|what would|what do you think|how (?:do|does|can) "
    r"|should i\b|explain|describe|translate|summari[sz]e|recommend|tell me (?:a|about)\b"
    r"|write (?:an? |me an? |us an? )?(?:\w+ )?(?:poem|story|song|essay|letter|e-?mail|speech)"
    r"|who (?:was|won|wrote|invented)|why do\b|let us talk|let's talk"
    r"|was (?:ist|sind) (?:ein|eine|einer|der unterschied|die hauptstadt)\b|was (?:heißt|bedeutet)"
    r"|wofür|wozu|was würdest|was hältst|wie (?:funktioniert|macht man|geht es)|soll(?:te)? ich"
    r"|welche \w+ soll|erklär|beschreib|übersetz|fass(?:e)? |empfiehl|erzähl|wer (?:war|hat)"
    r"|schreib(?:e)? (?:mir )?(?:ein|eine|einen) (?:\w+ )?"
    r"(?:gedicht|geschichte|lied|aufsatz|brief|mail|rede)|lass uns"
    r")",
    re.IGNORECASE,
)
"""How questions begin that words alone answer, whatever they are about."""

_DO = re.compile(
    r"^(?:please |bitte |can you |could you |kannst du |könntest du )*(?:"
    r"(?:re)?start|stop|kill|restart|reboot|shut ?down|turn|switch|enable|disable|install|uninstall"
    r"|update|upgrade|delete|remove|empty|clean|create|add|put|make a note|note|move|copy|rename"
    r"|back ?up|restore|schedule|remind|check|scan|show|list|find|search|open|read|count|bring"
    r"|mount|unmount|download|upload|send|set|run|ping|deploy"
    r"|start\w*|stopp?\w*|beend\w*|schalt\w*|mach\w* .*\b(?:an|aus|auf|zu|ein)$|fahr\w*"
    r"|installier\w*|deinstallier\w*|aktualisier\w*|lösch\w*|entfern\w*|leer\w*|leg\w*|erstell\w*|notier\w*"
    r"|verschieb\w*|kopier\w*|benenn\w*|sicher\w*|plan\w*|erinner\w*|prüf\w*|überprüf\w*|zeig\w*"
    r"|list\w*|such\w*|find\w*|öffn\w*|lies|les\w*|zähl\w*|setz\w*|stell\w*|lad\w*|schick\w*"
    r")\b",
    re.IGNORECASE,
)
"""How orders begin."""

_THINGS = re.compile(
    r"\b(?:"
    r"disks?|drives?|storage|disk space|space|room left|memory|ram|swap|cpu|processor|load|uptime"
    r"|temperatures?|servers?|machine|box|host|computer|containers?|docker|services?|daemons?"
    r"|process(?:es)?|apps?|logs?|files?|folders?|director(?:y|ies)|downloads?|backups?|snapshots?"
    r"|jobs?|updates?|ports?|firewall|network|traffic|ip address|website|domain|certificate"
    r"|database|logged in|shopping list|my list|notes?|photos|pictures|lights?|running"
    r"|(?:what|what's the|current|the) time (?:is it|in|now|please|right now)|what's the time|date"
    r"|weekday|kernel|distro|partitions?|units?|systemctl|(?:re)?boot(?:ed)?|documents?"
    r"|festplatten?|platten?|speicher(?:platz)?|arbeitsspeicher|prozessor|auslastung|laufzeit"
    r"|temperatur|rechner|computer|maschine|dienste?|\w+dienst|prozesse?|programme?|datum|wochentag"
    r"|protokolle?|dateien?|ordner|verzeichnis|sicherung(?:en)?|netzwerk|webseite|zertifikat"
    r"|datenbank|angemeldet|einkaufsliste|meine liste|notiz(?:en)?|fotos|bilder|licht|papierkorb"
    r"|läuft|laufen|ip-adresse|wie spät"
    r")\b",
    re.IGNORECASE,
)
"""What a home server has."""


def intent(text: str) -> Intent:
    """Return what a question wants, as far as its words show.

    Args:
        text: what the person said.
    """
    words = " ".join(text.split())[:2_000]
    if _PLACE.search(words):
        return "action"
    if _IN_WORDS.search(words):
        return "conversation"
    if _DO.search(words) or _THINGS.search(words):
        return "action"
    return "conversation"
