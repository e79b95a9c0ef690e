"""Judges a receipt and its proof: python3 judge.py RECEIPT PROOF POLICY KEYS. Standard library only; signatures through
openssl where it is there. Prints "holds ..." or "refused: STEP"."""
import base64, hashlib, hmac, json, shutil, subprocess, sys, tempfile

SPKI = bytes.fromhex("302a300506032b6570032100")


def b64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(key, signature, message):
    if shutil.which("openssl") is None:
        return None
    with tempfile.NamedTemporaryFile() as k, tempfile.NamedTemporaryFile() as s, tempfile.NamedTemporaryFile() as m:
        for file, data in ((k, SPKI + key), (s, signature), (m, message)):
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
logs = [line.split()[1].split("+", 2) for line in policy.split("\n") if line.startswith("log ")]
raw = {(name, ident): base64.b64decode(vkey)[1:] for name, ident, vkey in logs}
found = [signed(raw[(name, bytes_[:4].hex())], bytes_[4:], text.encode())
         for _, name, bytes_ in ((dash, name, base64.b64decode(data)) for dash, name, data in (line.split(" ") for line in signatures.strip().split("\n")))
         if name == origin and (name, bytes_[:4].hex()) in raw]
if not found or False in found:
    refuse("log")
print("holds" if checked else "holds, signatures not looked at: no openssl")
