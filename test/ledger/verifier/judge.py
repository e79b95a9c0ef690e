"""Judges a receipt and its proof: python3 judge.py RECEIPT PROOF POLICY KEYS. Standard library only; signatures through
openssl where it is there. Prints "holds ..." or "refused: STEP"."""
import base64, datetime, hashlib, hmac, json, shutil, subprocess, sys, tempfile

SPKI = {1: bytes.fromhex("302a300506032b6570032100"), 6: bytes.fromhex("30820532300b06096086480165030403110382052100")}
KEY_BYTES = {1: 32, 6: 1312}


def b64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def knows(kind):
    """ML-DSA-44 is in OpenSSL from 3.5 on."""
    if shutil.which("openssl") is None:
        return False
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split()[1]
    return kind == 1 or tuple(int(part) for part in version.split(".")[:2]) >= (3, 5)


def signed(key, signature, message, kind=1):
    """None: there is nothing here that could check it."""
    if not knows(kind):
        return None
    with tempfile.NamedTemporaryFile() as k, tempfile.NamedTemporaryFile() as s, tempfile.NamedTemporaryFile() as m:
        for file, data in ((k, SPKI[kind] + key), (s, signature), (m, message)):
            file.write(data)
            file.flush()
        run = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", k.name, "-rawin", "-in", m.name, "-sigfile", s.name],
            capture_output=True,
        )
        return run.returncode == 0


def refuse(step):
    print("refused: " + step)
    sys.exit(1)


def subtree(leaf, index, size, path):
    """RFC 6962 2.1.1, by its own recursion: the root that a path gives."""
    if size == 1:
        return leaf if not path else None
    split = 1
    while split * 2 < size:
        split *= 2
    if not path:
        return None
    *rest, last = path
    below = subtree(leaf, index, split, rest) if index < split else subtree(leaf, index - split, size - split, rest)
    if below is None:
        return None
    pair = below + last if index < split else last + below
    return hashlib.sha256(b"\x01" + pair).digest()


receipt, proof, policy, keys = (open(name, encoding="utf8").read() for name in sys.argv[1:5])
head, body, signature = receipt.strip().split(".")
kid = json.loads(b64u(head))["kid"]
key = next((b64u(k["x"]) for k in json.loads(keys)["keys"] if k["kid"] == kid and k["purpose"] == "receipt"), None)
checked = signed(key, b64u(signature), (head + "." + body).encode()) if key else False
if checked is False:
    refuse("signature")
ledger = json.loads(b64u(body))["ledger"]
commitment = hmac.new(base64.b64decode(ledger["salt"]), ledger["payload"].encode(), hashlib.sha256).digest()
entry = b"\x01\x50" + commitment
if base64.b64encode(entry).decode() != ledger["entry"]:
    refuse("entry")
top, note = proof.split("\n\n", 1)
lines = top.split("\n")
index = int(lines[1].split(" ")[1])
text, signatures = note.rsplit("\n\n", 1)
text += "\n"
origin, size, root = text.split("\n")[:3]
if lines[0] != "c2sp.org/tlog-proof@v1" or origin != ledger["origin"]:
    refuse("proof")
path = [base64.b64decode(line) for line in lines[2:]]
leaf = hashlib.sha256(b"\x00" + entry).digest()
if index >= int(size) or subtree(leaf, index, int(size), path) != base64.b64decode(root):
    refuse("path")
def cosigned(name, time):
    """C2SP tlog-cosignature, cosigned_message: the whole tree, from entry 0."""
    texts = b"".join(bytes([len(part)]) + part + extra for part, extra in ((name.encode(), time), (origin.encode(), b"")))
    return b"subtree/v1\n\0" + texts + (0).to_bytes(8, "big") + int(size).to_bytes(8, "big") + base64.b64decode(root)


logs = [line.split()[1].split("+", 2) for line in policy.split("\n") if line.startswith("log ")]
raw = {(name, ident): base64.b64decode(vkey) for name, ident, vkey in logs}
days = [line.split()[-1] for line in policy.split("\n") if line.replace("#", " ").split()[:1] == ["classical-until"]]
until = min(datetime.datetime.fromisoformat(day + "T00:00:00+00:00").timestamp() + 86400 for day in days) if days else None
found, lasting, absent = [], [], []
for line in signatures.strip().split("\n"):
    _, name, data = line.split(" ")
    bytes_ = base64.b64decode(data)
    key = raw.get((name, bytes_[:4].hex()))
    if name != origin or key is None or len(key) != 1 + KEY_BYTES.get(key[0], -1):
        continue
    if key[0] == 1:
        found.append(signed(key[1:], bytes_[4:], text.encode()))
        continue
    time, holds = bytes_[4:12], signed(key[1:], bytes_[12:], cosigned(name, bytes_[4:12]), 6)
    if holds is None:
        absent.append(name)
    else:
        found.append(holds)
        lasting.append(int.from_bytes(time, "big"))
if not found or False in found:
    refuse("log")
now = datetime.datetime.now(datetime.timezone.utc).timestamp()
if until is not None and now >= until and not any(0 < time < until for time in lasting):
    refuse("lasting")
says = ", not looked at, no ML-DSA-44 here: a signature of " + absent[0] if absent else ""
print("holds" + says if checked else "holds, signatures not looked at: no openssl")
