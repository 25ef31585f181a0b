"""A small dictionary for the offline brain: which words mean the same, and which mean little.

It is about language, not about tools: what a tool can do is read from the tool itself. English
mostly, with the commonest German and Spanish words of the same things.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _words("""
    a an the this that these those there here it its is are was were be been being am do does did
    done have has had having i me my mine we us our you your he she they them their
    what whats which who whom whose when how hows much many any some all each every no not
    of on in at to for from by with about into onto over under within inside below than as
    and or but so if then also plus too just only still already yet ever very really quite nearly
    almost barely enough another
    can could would should shall may might must need want like let lets please kindly hey compare
    ones thing things anything something everything nothing get got give tell show list
    display print say see check know out bit lot more less current currently now right
    moment present presently actually exactly really quickly simply again s t m re ve
    wie viel viele wieviel ist sind es der die das den dem des ein eine einen mein meine meinem
    meiner auf im am zu von mit und oder was welche welcher welches wer wann gerade noch mir
    bitte zeig zeige gib sag kannst du ich haben hat gibt jetzt aktuell
    cuanto cuanta cuantos cuantas que cual cuales es son esta estan el la los las un una en de del
    al y o por favor hay mi mis me muestra dime tengo queda ahora quien
    """)
"""Words that carry grammar, not matter."""

PREPOSITIONS = _words(
    "of in inside at for from on under within below about by en de del im aus von fuer"
)
"""After one of these a name may follow."""

PLACES = _words("in at for en im")
"""After one of these a place may follow."""

INTERROGATIVES = _words("""
    what which who whom whose when where how why was welche welcher welches wer wo wann wie que
    cual cuanto cuanta cuantos cuantas quien donde
    """)
"""A sentence that begins with one of these asks, and orders nothing."""

JOINING = _words("and und y also plus & then")
"""Between two questions, or between two words of one."""

LIGHT_WORDS = _words("""
    machine hardware home device gigabyte terabyte megabyte gb tb mb low short big size large total
    overall amount number level percent
    percentage value name report detail details information info
    """)
"""Words that fit nearly every question to a server, and decide none."""

WEAK_WORDS = _words("find read use list count last called port")
"""Words that help to choose but are no evidence alone: people find, read and open anything."""

SYNONYMS: dict[str, str] = {
    "machine": """machines server servers computer computers host system systems box pc nas node
        maschine rechner servidor ordenador maquina""",
    "disk": """disks drive drives hdd ssd nvme storage space room capacity partition filesystem
        filesystems volume mount mounts festplatte festplatten platte plattenplatz speicherplatz
        disco discos espacio almacenamiento""",
    "memory": "ram memories arbeitsspeicher hauptspeicher memoria",
    "cpu": "cpus processor processors prozessor procesador",
    "core": "cores kerne nucleos thread threads",
    "free": "available left remaining remain unused spare frei freie libre disponible",
    "full": "filled exhausted voll lleno",
    "use": """used uses using usage utilisation utilization consumption taken occupied occupy
        auslastung belegt usado uso usa""",
    "eat": """eats eating hog hogs hogging consume consumes consuming consumer consumers devour
        devouring takes taking gobble gobbling fill fills filling""",
    "busy": "idle utilized utilised stressed strained ausgelastet ocupado ocupada",
    "temperature": """temperatures temp temps hot hotter warm warmth heat heating overheat
        overheating cool cold thermal thermals celsius fahrenheit degree degrees temperatur
        heiss sensor sensors temperatura caliente""",
    "uptime": "uptimes",
    "boot": "booted reboot rebooted started-up gebootet arranque",
    "duration": "long since",
    "process": """processes program programs programme programmes app apps application
        applications task tasks prozess prozesse programm proceso procesos programa""",
    "most": "top biggest largest heaviest greediest hungriest highest meiste meisten",
    "run": "running runs ran active alive live up online laufen laeuft lauft corriendo ejecucion",
    "stop": "stopped stops exit exits exited halted offline gestoppt parado parados",
    "fail": """failed failing failure failures broken broke crash crashed crashes dead died die dies
        down fehlgeschlagen fallado""",
    "container": "containers contenedor contenedores dockers",
    "docker": "compose podman",
    "image": "images",
    "log": "logs logged logging output outputs stdout stderr printed prints protokoll registros",
    "error": "errors exception exceptions traceback warning warnings",
    "last": "latest recent newest",
    "line": "lines row rows zeilen lineas",
    "file": "files document documents pdf datei dateien archivo archivos",
    "note": "notes notiz notizen nota notas",
    "folder": "folders directory directories dir dirs subfolder ordner verzeichnis carpeta",
    "contents": "content entries entry inhalt contenido",
    "contain": "contains containing mention mentions mentioning includes including",
    "called": "named titled entitled",
    "word": "words phrase string expression",
    "read": "open view cat show-me says lies lee lesen leer abre",
    "find": "where wo donde search searching locate look seek suche finde buscar busca encuentra",
    "service": "services daemon daemons unit units systemd dienst dienste servicio servicios",
    "health": """healthy ok okay fine alright well doing status state overview summary condition
        shape wohlauf estado""",
    "time": "late clock oclock hour hours spaet spat uhr uhrzeit hora zeit",
    "date": "day today weekday datum tag heute fecha dia hoy",
    "week": "calendar-week kalenderwoche semana",
    "zone": "timezone timezones zeitzone",
    "hostname": "hostnames",
    "os": "distro distribution linux debian ubuntu betriebssystem",
    "kernel": "kernels",
    "version": "versions release",
    "load": "loads workload last-average carga",
    "slow": "sluggish lagging laggy slowly langsam lento",
    "swap": "swapping swapped",
}
"""Each word on the left means the same as those on the right."""

PHRASES: dict[tuple[str, str], str] = {
    ("hard", "drive"): "disk",
    ("hard", "disk"): "disk",
    ("operating", "system"): "os",
    ("root", "filesystem"): "disk",
    ("root", "partition"): "disk",
    ("root", "disk"): "disk",
    ("root", "volume"): "disk",
    ("is", "using"): "eat",
    ("are", "using"): "eat",
    ("uses", "up"): "eat",
    ("long", "ago"): "duration",
    ("1", "minute"): "averaged",
    ("last", "minute"): "averaged",
    ("5", "minutes"): "averaged",
    ("five", "minutes"): "averaged",
    ("15", "minutes"): "averaged",
    ("fifteen", "minutes"): "averaged",
    ("time", "zone"): "zone",
    ("been", "up"): "uptime",
    ("been", "on"): "uptime",
    ("up", "time"): "uptime",
    ("up", "since"): "uptime",
    ("last", "restart"): "boot",
    ("turned", "on"): "boot",
    ("switched", "on"): "boot",
    ("powered", "on"): "boot",
    ("came", "up"): "boot",
    ("what's", "up"): "health",
    ("host", "name"): "hostname",
    ("free", "up"): "clean",
    ("shut", "down"): "shutdown",
    ("back", "up"): "backup",
    ("log", "in"): "login",
    ("how", "to"): "instructions",
    ("how", "do"): "instructions",
    ("how", "should"): "instructions",
    ("last", "week"): "yesterday",
    ("last", "month"): "yesterday",
    ("last", "year"): "yesterday",
    ("last", "night"): "yesterday",
    ("next", "week"): "tomorrow",
    ("next", "month"): "tomorrow",
    ("next", "year"): "tomorrow",
}
"""Two words that are one."""

ELSEWHERE = _words("""
    tomorrow yesterday will ago soon later future forecast predict history historical trend
    instructions why outside neighbour neighbor weather price cost recommend best worst
    expect expected gestern morgen ayer manana warum
    """)
"""Words that ask for another time, place or kind of answer than a look at this machine gives."""

SPANS = _words("averaged")
"""Spans of time that end now: only what is said to be measured over one is known for it."""

DECISIVE = _words("disk memory cpu temperature container eat note")
"""What a question is about, or who: a tool that does not know it cannot answer, whatever fits."""

ACTIONS = _words("""
    add alert allow answer apply approve arm back backup ban block book build burn buy call cancel
    change clean clear click close compile compose compress configure connect convert cook copy
    create cut deactivate debug delete deploy destroy disable disconnect download draw drop edit
    email empty enable encrypt erase execute explain export extract fix flash flush forget format
    generate go grant halt hack help hide import increase install invite join jump kill launch learn
    leave lock login mail make migrate mount move mute nuke order overwrite patch pause pay play
    poweroff prune publish pull purge push put quit reboot rebuild record reduce remember remind
    remove rename repair replace reply resize reset restart restore resume rewrite rm run save
    schedule send set share shutdown sing sleep solve start stop store summarise summarize switch
    sync take teach tell-a train translate transfer trash turn unblock uninstall unlock unmount
    unplug update upgrade upload wake wipe write zip
    loesche losche starte stoppe installiere schreibe borra elimina reinicia instala escribe
    """)
"""Verbs that change something, or make something: not what a look can do."""

PROGRAMS = _words("docker systemctl sudo service compose apt git nexus")
"""Commands that take their verb as the next word."""

NUMBERS = {
    word: value
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}

THANKS = _words("thanks thank cheers gracias danke")
FAREWELLS = _words("bye goodbye tschuess night")
"""Words of courtesy that ask for nothing back but courtesy."""

GREETINGS = _words("""
    hi hello hey hiya greetings morning evening afternoon night good welcome thanks thank cheers
    hallo hola buenos dias tschuess bye goodbye yo nexus help gracias danke
    """)
"""Words of courtesy; a message of nothing else is answered with an introduction."""
