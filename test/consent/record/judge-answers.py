"""Judges the published answers, or the answer of a receipt: python3 judge-answers.py FILE [fr|en]. Standard library only; signatures through openssl
where it is there; of a receipt neither who signed it nor its entry is looked at.
Prints a line each: "holds", "holds as far as it goes" without openssl, or "refused: WHY"; with a language what was signed in its words, too."""
import base64, datetime, hashlib, json, re, shutil, subprocess, sys, tempfile
from urllib.parse import urlsplit


def b64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(tag, body):
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + head + body


def number(body):
    return der(2, (b"\0" if body[0] & 128 else b"") + body)


def spki(jwk):
    if jwk["kty"] == "EC":
        point = b"\4" + b64u(jwk["x"]) + b64u(jwk["y"])
        return bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point
    if jwk["kty"] == "OKP":
        return bytes.fromhex("302a300506032b6570032100") + b64u(jwk["x"])
    key = der(0x30, number(b64u(jwk["n"])) + number(b64u(jwk["e"])))
    return der(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + der(3, b"\0" + key))


def signed(jwk, signature, message):
    with tempfile.NamedTemporaryFile() as k, tempfile.NamedTemporaryFile() as s, tempfile.NamedTemporaryFile() as m:
        for file, data in ((k, spki(jwk)), (s, signature), (m, message)):
            file.write(data)
            file.flush()
        hashed = [] if jwk["kty"] == "OKP" else ["-digest", "sha256"]
        run = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", k.name, "-rawin", *hashed]
            + ["-in", m.name, "-sigfile", s.name],
            capture_output=True,
        )
        return run.returncode == 0


def hashed(lines):
    return hashlib.sha256("".join(line + "\n" for line in lines).encode())


def first_lines(event, own, issuer):
    return [
        "accord.answer.v1",
        issuer,
        event["presentation_id"],
        event["rendered_sha256"],
        event["kind"].removeprefix("consent."),
        " ".join(sorted(event["categories_granted"])),
        " ".join(sorted(event["categories_express"])),
        event["valid_until_local"],
        own["checkpoint"],
    ]


REF = r"[a-z0-9-]{1,60}@[1-9][0-9]{0,5}"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"
MANY = rf"(-|cat_{REF}( cat_{REF})*)"
OFTEN = r"(-|[1-9][0-9]*/P(?=[0-9])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?)"
# What a line may say, and what it is called.
LINES = [
    (r"accord\.answer\.v2", "Forme du texte", "Form of the text"),
    (r"https?://[^\s/]+", "Site", "Site"),
    (rf"pre_{ULID}", "Affichage", "Showing"),
    (r"[0-9a-f]{64}", "Empreinte de la page", "Fingerprint of the page"),
    (r"granted|refused", "Réponse", "Answer"),
    (r"for -", "Qui répond (- : elle-même)", "Who answers (- is herself)"),
    (rf"holder org_{REF}", "Qui peut envoyer", "Who may send"),
    (rf"recipient org_{REF}", "À qui", "To whom"),
    (rf"agreement agr_{REF}", "Entente", "Agreement"),
    (rf"purpose pur_{REF}", "Pourquoi", "Why"),
    (rf"text txt_{REF}", "Texte lu", "Text read"),
    (rf"dataset dst_{REF}", "Ensemble de renseignements", "Set of information"),
    (rf"categories {MANY}", "Renseignements autorisés", "Information allowed"),
    (rf"express {MANY}", "Autorisés par un geste à part", "Allowed by an act of its own"),
    (rf"limit uses (-|[1-9][0-9]*) frequency {OFTEN}", "Combien de fois", "How often"),
    (rf"about (-|{DAY}/{DAY})", "Période", "Period"),
    (rf"until {DAY}", "Jusqu’au", "Until"),
    (rf"replaces (-|con_{ULID})", "Remplace", "Replaces"),
    (r"log (-|\S+ (0|[1-9][0-9]*) [A-Za-z0-9+/]{43}=)", "Journal public", "Public log"),
]


def nineteen_lines(event, page, own, issuer):
    def version(which, named):
        return next((ref for ref in page[named] if ref.split("@")[0] == which), "?")

    def many(name):
        return " ".join(sorted(version(one, "category_versions") for one in event[name])) or "-"

    often, days = event["frequency_limit"], event["lookback"]
    often = "-" if often is None else f"{often['count']}/{often['per']}"
    return [
        "accord.answer.v2",
        issuer,
        event["presentation_id"],
        event["rendered_sha256"],
        event["kind"].removeprefix("consent."),
        "for -",
        "holder " + version(event["holder"], "bodies"),
        "recipient " + version(event["recipient"], "bodies"),
        "agreement " + event["agreement"],
        "purpose " + event["purpose"],
        "text " + page["text"],
        "dataset " + event["dataset"],
        "categories " + many("categories_granted"),
        "express " + many("categories_express"),
        f"limit uses {event['max_uses'] or '-'} frequency {often}",
        "about " + ("-" if days is None else f"{days['from']}/{days['to']}"),
        "until " + event["valid_until_local"],
        "replaces " + page.get("narrows", page.get("changes", "-")),
        "log " + (own["checkpoint"] or "-"),
    ]


def is_known(lines):
    return len(lines) == len(LINES) and all(re.fullmatch(form, line) for (form, _, _), line in zip(LINES, lines))


def is_beyond(event, page):
    """What the lines bound, and an event says in members of its own."""
    if event["kind"] != "consent.granted":
        return False
    day = datetime.datetime.fromisoformat(event["valid_until_local"]) + datetime.timedelta(hours=29)
    replaced = page.get("narrows", page.get("changes"))
    return (replaced is not None and event["supersedes"] != replaced) or event["valid_until"] > day.isoformat() + ".000Z"


def lines_of(vector, issuer):
    """The lines of an answer; None where they are of a version that is not known here."""
    if "text" in vector and "event" not in vector:
        lines = vector["text"].split("\n")[:-1]
        return lines if lines[:1] == ["accord.answer.v1"] or is_known(lines) else None
    own = vector["event"]["signed"]
    if own.get("text") is None:
        return first_lines(vector["event"], own, issuer)
    if own["text"] != 2 or "page" not in vector or is_beyond(vector["event"], vector["page"]):
        return None
    lines = nineteen_lines(vector["event"], vector["page"], own, issuer)
    return lines if is_known(lines) else None


def answers(lines, own):
    return hashed(["accord.answers.v1", *sorted([hashed(lines).hexdigest(), *own["others"]])])


def in_words(lines, language):
    """The lines of an answer, each with what it is called."""
    if lines[0] != "accord.answer.v2":
        return lines
    at = {"fr": 1, "en": 2}[language]
    return [f"{called[at]}: {line.split(' ', 1)[-1]}" for called, line in zip(LINES, lines)]


def thumbprint(jwk):
    named = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(named).digest()).decode().rstrip("=")


def asked_of(vector, issuer):
    if "new_key" in vector:
        return vector["signed"], hashed(["accord.key.v1", issuer, thumbprint(vector["new_key"])])
    if "lifts" in vector:
        return vector["signed"], hashed(["accord.lift.v1", issuer, vector["lifts"]])
    own = vector["event"]["signed"] if "event" in vector else vector["signed"]
    lines = lines_of(vector, issuer)
    return own, None if lines is None else answers(lines, own)


def judge(vector, issuer):
    own, text = asked_of(vector, issuer)
    if text is None:
        return "refused: text"
    asked = text.digest()
    data, client = b64u(own["authenticator_data"]), b64u(own["client_data_json"])
    said = json.loads(client)
    if b64u(said["challenge"]) != asked:
        return "refused: challenge"
    if said["type"] != "webauthn.get" or said["origin"] != issuer:
        return "refused: site"
    if data[:32] != hashlib.sha256(urlsplit(issuer).hostname.encode()).digest() or data[32] & 5 != 5:
        return "refused: authenticator"
    if shutil.which("openssl") is None:
        return "holds as far as it goes"
    holds = signed(own["jwk"], b64u(own["signature"]), data + hashlib.sha256(client).digest())
    return "holds" if holds else "refused: signature"


def given_in(text):
    if text.startswith("{"):
        return json.loads(text)
    claims = json.loads(b64u(text.split(".")[1]))
    answer = {"event": json.loads(claims["ledger"]["payload"])}
    if "presented" in claims:
        answer["page"] = json.loads(claims["presented"]["payload"])
    return {"issuer": claims["iss"], "vectors": [answer]}


with open(sys.argv[1], encoding="utf-8") as file:
    given = given_in(file.read())
for vector in given["vectors"]:
    verdict = judge(vector, given["issuer"])
    print(verdict)
    if len(sys.argv) > 2 and verdict.startswith("holds") and "event" in vector:
        for line in in_words(lines_of(vector, given["issuer"]), sys.argv[2]):
            print("  " + line)
