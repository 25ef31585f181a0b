"""What an agent can say it did, in English and German, and which tools do that."""

from __future__ import annotations

import re
from dataclasses import dataclass

ANYTHING = re.compile(r"shell|exec|execute|command|compose|http|api|call|script|mcp", re.IGNORECASE)
"""Tools that can do many things: whoever used one may have done what they say."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of deed.

    Attributes:
        english: what was done, behind "was".
        german: the same with its verb, behind "dass etwas".
        past: the English past tense and participle.
        partizip: the German participle.
        order: how somebody asks for it, in both languages.
        tools: the words of tools that do it.
    """

    english: str
    german: str
    past: str
    partizip: str
    order: str
    tools: str

    def shown_by(self, tool: str) -> bool:
        """Whether a tool that took effect can be what is meant; in doubt it can."""
        words = tool.lower().split("_")[1:] or [tool.lower()]
        if ANYTHING.search(tool) or not any(set(words) & _words(one) for one in DEEDS):
            return True
        return bool(set(words) & _words(self))


def _words(deed: Deed) -> frozenset[str]:
    return frozenset(deed.tools.split())


DEEDS: tuple[Deed, ...] = (
    Deed(
        english="deleted",
        german="gelöscht wurde",
        past="deleted|removed|erased|cleaned up|wiped|purged|pruned|emptied",
        partizip="gelöscht|entfernt|geleert|bereinigt|aufgeräumt|weggeräumt",
        order="delete|remove|erase|clean|wipe|purge|prune|empty|get rid|lösch\\w*|entfern\\w*"
        "|leer\\w*|bereinig\\w*|räum\\w*",
        tools="delete remove prune clean purge empty drop erase down",
    ),
    Deed(
        english="sent",
        german="gesendet wurde",
        past="sent|e-?mailed|notified|messaged|forwarded|posted|published|informed|texted",
        partizip="gesendet|geschickt|verschickt|versendet|abgeschickt|weitergeleitet|benachrichtigt"
        "|informiert|gemailt|veröffentlicht",
        order="send|e-?mail|notify|message|forward|post|publish|inform|text|tell|let \\w+ know"
        "|send\\w*|schick\\w*|verschick\\w*|benachrichtig\\w*|informier\\w*|leit\\w*|mail\\w*|sag\\w*",
        tools="send mail notify notification post publish message reply forward owner",
    ),
    Deed(
        english="restarted, started or stopped",
        german="gestartet, neu gestartet oder gestoppt wurde",
        past="restarted|rebooted|started|stopped|shut down|turned (?:on|off)|switched (?:on|off)"
        "|brought (?:up|down)|killed|enabled|disabled|reloaded",
        partizip="neugestartet|gestartet|gestoppt|angehalten|beendet|heruntergefahren|hochgefahren"
        "|eingeschaltet|ausgeschaltet|aktiviert|deaktiviert|neu geladen",
        order="restart|reboot|start|stop|shut|turn|switch|bring|kill|enable|disable|reload"
        "|start\\w*|neustart\\w*|stopp?\\w*|halt\\w*|beend\\w*|fahr\\w*|schalt\\w*|aktivier\\w*|lad\\w*",
        tools="restart start stop reboot up down kill enable disable reload pause unpause turn"
        " switch set",
    ),
    Deed(
        english="moved, copied or renamed",
        german="verschoben, kopiert oder umbenannt wurde",
        past="moved|renamed|copied",
        partizip="verschoben|umbenannt|kopiert",
        order="move|rename|copy|verschieb\\w*|benenn\\w*|umbenenn\\w*|kopier\\w*",
        tools="move rename copy archive restore",
    ),
    Deed(
        english="downloaded or installed",
        german="heruntergeladen oder installiert wurde",
        past="downloaded|installed|uninstalled|updated|upgraded|pulled|deployed",
        partizip="heruntergeladen|installiert|deinstalliert|aktualisiert|geladen",
        order="download|install|uninstall|update|upgrade|pull|fetch|deploy|lad\\w*|herunterlad\\w*"
        "|installier\\w*|deinstallier\\w*|aktualisier\\w*",
        tools="download install uninstall update upgrade pull fetch deploy write edit up",
    ),
    Deed(
        english="set up or scheduled",
        german="eingerichtet oder eingeplant wurde",
        past="scheduled|set (?:up )?(?:a|an|the|your) (?:reminder|alarm|timer|schedule|backup|job)"
        "|booked|ordered|configured",
        partizip="eingeplant|eingerichtet|gebucht|bestellt|konfiguriert|gestellt|terminiert",
        order="schedule|remind|set|book|order|configure|plan\\w*|erinner\\w*|richt\\w*|buch\\w*"
        "|bestell\\w*|konfigurier\\w*|stell\\w*",
        tools="schedule remind reminder set book order configure add create write append",
    ),
    Deed(
        english="saved or written",
        german="gespeichert oder geschrieben wurde",
        past="saved|stored|written|wrote|noted|recorded|added|appended|created|edited|updated"
        "|changed|replaced|fixed|backed up|put (?:it|that|this|them) (?:in|into|on)|made a note",
        partizip="gespeichert|abgelegt|geschrieben|aufgeschrieben|notiert|vermerkt|hinzugefügt"
        "|ergänzt|angelegt|erstellt|bearbeitet|geändert|ersetzt|eingetragen|gesichert|festgehalten"
        "|behoben|korrigiert",
        order="save|store|write|note|record|add|append|create|edit|update|change|replace|fix"
        "|back up|put|make|remember|speicher\\w*|schreib\\w*|notier\\w*|merk\\w*|füg\\w*|leg\\w*"
        "|erstell\\w*|bearbeit\\w*|änder\\w*|ersetz\\w*|trag\\w*|sicher\\w*|halt\\w*|beheb\\w*",
        tools="save write append note notes edit add create put store set update replace backup"
        " remember restore move copy download",
    ),
)
"""All of them; the first that fits a sentence counts."""
