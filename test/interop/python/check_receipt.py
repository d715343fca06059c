#!/usr/bin/env python3
"""Checks a receipt of a transparency log (C2SP tlog-proof) against a policy (C2SP tlog-policy).

Python's standard library and the openssl command, nothing else; no code of the product.

    check_receipt.py --policy POLICY --leaf LEAF FILE.tlog-proof
    check_receipt.py --batch FILE        one request per line as JSON, one answer per line

Exit code: 0 the leaf stands in a log that the quorum vouches for; 1 something is wrong; 2 it could not be checked.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOLDS, FAILS, NOT_CHECKED = "holds", "fails", "not-checked"
EXIT_HOLDS, EXIT_WRONG, EXIT_UNCHECKED = 0, 1, 2
TYPE_LOG, TYPE_COSIGNER, TYPE_COSIGNER_ML_DSA = 0x01, 0x04, 0x06
MAX_NOTE_BYTES = 256 * 1024
MAX_TREE_SIZE = 2**48
MAX_PROOF_HASHES = 63
MAX_SIGNATURES = 100
CLOCK_SKEW_SECONDS = 300
DECIMAL = re.compile(r"0|[1-9][0-9]*")
# SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) up to the key itself.
ED25519_DER = bytes.fromhex("302a300506032b6570032100")


class Wrong(Exception):
    """The evidence is not what it has to be."""


class Unusable(Exception):
    """What the evidence is to be checked against cannot be used."""


def strict_base64(text):
    """Base64 in its one form."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Wrong("not base64 in its one form")
    return data


def number(text):
    if DECIMAL.fullmatch(text) is None or int(text) > MAX_TREE_SIZE:
        raise Wrong("not a size or index")
    return int(text)


class Key:
    """A verifier key of a log or a witness."""

    def __init__(self, text):
        self.name, _, rest = text.partition("+")
        self.key_id, _, material = rest.partition("+")
        try:
            data = strict_base64(material)
        except Wrong as error:
            raise Unusable("a key of the policy is malformed") from error
        told = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4].hex()
        if self.name == "" or told != self.key_id or len(data) < 2:
            raise Unusable("a key of the policy is malformed")
        self.type, self.material = data[0], data[1:]
        if self.type in (TYPE_LOG, TYPE_COSIGNER) and len(self.material) != 32:
            raise Unusable("a key of the policy is malformed")

    def signed_at(self, text, signature, openssl):
        """The time of a signature that holds, 0 for a log's own."""
        at = 0
        message = text
        if self.type == TYPE_COSIGNER:
            at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = f"cosignature/v1\ntime {at}\n".encode() + text
        if len(signature) != 64 or at >= 2**53 or not openssl.verifies(self.material, message, signature):
            raise Wrong(f"a signature of {self.name} does not hold")
        return at


class OpenSsl:
    """Ed25519 by the openssl command; each question is asked once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.known = {}

    def verifies(self, public_key, message, signature):
        asked = (public_key, message, signature)
        if asked not in self.known:
            self.known[asked] = self._run(*asked)
        return self.known[asked]

    def _run(self, public_key, message, signature):
        key, text, sig = (self.folder / name for name in ("key.der", "message", "signature"))
        key.write_bytes(ED25519_DER + public_key)
        text.write_bytes(message)
        sig.write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key]
        done = subprocess.run([*command, "-rawin", "-in", text, "-sigfile", sig], capture_output=True, check=False)
        if done.returncode not in (0, 1) or b"Signature Verif" not in done.stdout:
            raise Unusable("openssl cannot verify Ed25519")
        return done.returncode == 0


class Policy:
    """Whose words count. A key type that openssl does not know never counts."""

    def __init__(self, text):
        if not text.endswith("\n"):
            raise Unusable("the policy is cut off")
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        for line in text[:-1].split("\n"):
            items = re.findall(r"[^ \t]+", line)
            if items and not items[0].startswith("#"):
                self._line(*items)
        if self.quorum is None or not self.logs or len({key.name for key in self.logs}) != 1:
            raise Unusable("the policy has no quorum, or not one log")
        self.origin = self.logs[0].name

    def _line(self, keyword, *items):
        if keyword == "log" and len(items) in (1, 2):
            self.logs.append(self._key(items[0], (TYPE_LOG,)))
        elif keyword == "witness" and len(items) in (2, 3):
            self._fresh(items[0])
            self.witnesses[items[0]] = self._key(items[1], (TYPE_COSIGNER, TYPE_COSIGNER_ML_DSA))
        elif keyword == "group" and len(items) >= 3:
            self._fresh(items[0])
            self.groups[items[0]] = self._group(items[1], items[2:])
        elif keyword == "quorum" and len(items) == 1 and self.quorum is None:
            if items[0] != "none" and items[0] not in {**self.witnesses, **self.groups}:
                raise Unusable("the quorum of the policy is unknown")
            self.quorum = items[0]
        else:
            raise Unusable("a line of the policy is malformed")

    def _key(self, text, types):
        key = Key(text)
        before = [*self.logs, *self.witnesses.values()]
        if key.type not in types or any(key.material == other.material for other in before):
            raise Unusable("a key of the policy is of a wrong type, or stands twice")
        return key

    def _fresh(self, name):
        if name == "none" or name in self.witnesses or name in self.groups:
            raise Unusable("a name of the policy is used twice")

    def _group(self, rule, members):
        listed = {member for _, group in self.groups.values() for member in group}
        if len(set(members)) != len(members) or not set(members) <= {*self.witnesses, *self.groups} - listed:
            raise Unusable("a member of a group is unknown or listed twice")
        threshold = {"any": "1", "all": str(len(members))}.get(rule, rule)
        if DECIMAL.fullmatch(threshold) is None or not 1 <= int(threshold) <= len(members):
            raise Unusable("a threshold of the policy is out of range")
        return int(threshold), members

    def is_fulfilled(self, times, not_after):
        met = {"none"}
        met.update(name for name, key in self.witnesses.items() if key in times and times[key] <= not_after)
        for name, (threshold, members) in self.groups.items():
            if len(met.intersection(members)) >= threshold:
                met.add(name)
        return self.quorum in met


def open_note(data, keys, openssl):
    """The text of a signed note and who signed it when (C2SP signed-note)."""
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise Wrong("not UTF-8") from error
    split = note.rfind("\n\n")
    if len(data) > MAX_NOTE_BYTES or split < 0 or not note.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise Wrong("not a signed note")
    text, lines = note[: split + 1].encode(), note[split + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Wrong("too many signatures")
    times = {}
    for line in lines:
        shape = re.fullmatch(r"\u2014 ([^\s+]+) ([^ ]+)", line)
        raw = strict_base64(shape.group(2)) if shape else b""
        if len(raw) < 5:
            raise Wrong("not a signature line")
        for key in keys:
            if key.name == shape.group(1) and key.key_id == raw[:4].hex():
                at = key.signed_at(text, raw[4:], openssl)
                times[key] = max(times.get(key, 0), at)
    return text.decode(), times


def open_head(data, policy, openssl):
    """Size and root that the log signed, and who signed when."""
    keys = [*policy.logs, *(key for key in policy.witnesses.values() if key.type == TYPE_COSIGNER)]
    text, times = open_note(data, keys, openssl)
    lines = text.split("\n")
    if len(lines) != 4 or lines[0] != policy.origin:
        raise Wrong("not a checkpoint of this log")
    size, root = number(lines[1]), strict_base64(lines[2])
    if len(root) != 32 or (size == 0 and root != hashlib.sha256().digest()):
        raise Wrong("not a root")
    if not any(key in times for key in policy.logs):
        raise Wrong("the log did not sign")
    return size, root, times


def parse_receipt(data):
    try:
        head, found, checkpoint = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise Wrong("not a receipt") from error
    header, *lines = head.split("\n")
    if not found or header != "c2sp.org/tlog-proof@v1":
        raise Wrong("not a receipt")
    if lines and lines[0].startswith("extra "):
        strict_base64(lines.pop(0)[len("extra ") :])
    if not lines or not lines[0].startswith("index "):
        raise Wrong("a receipt without index")
    index = number(lines[0][len("index ") :])
    hashes = [strict_base64(line) for line in lines[1:]]
    if len(hashes) > MAX_PROOF_HASHES or any(len(each) != 32 for each in hashes):
        raise Wrong("not a proof")
    return index, hashes, checkpoint.encode()


def root_of(leaf, index, size, hashes):
    """The root that a proof leads to, by the recursion of RFC 6962 section 2.1.1; None when its length is wrong."""
    if size == 1:
        return hashlib.sha256(b"\0" + leaf).digest() if not hashes else None
    if not hashes:
        return None
    split = 1 << ((size - 1).bit_length() - 1)
    if index < split:
        left, right = root_of(leaf, index, split, hashes[:-1]), hashes[-1]
    else:
        left, right = hashes[-1], root_of(leaf, index - split, size - split, hashes[:-1])
    return None if left is None or right is None else hashlib.sha256(b"\1" + left + right).digest()


def check(request, openssl):
    """The claims about a receipt; raises Unusable or OSError about what it is to be checked against."""
    policy = Policy(Path(request["policy"]).read_text(encoding="utf-8"))
    leaf, data = Path(request["leaf"]).read_bytes(), Path(request["path"]).read_bytes()
    told = {name: {"outcome": NOT_CHECKED, "index": -1} for name in ("checkpoint", "witnesses", "inclusion")}
    try:
        index, hashes, checkpoint = parse_receipt(data)
        size, root, times = open_head(checkpoint, policy, openssl)
    except Wrong as error:
        told["checkpoint"] = {"outcome": FAILS, "index": -1, "why": str(error)}
        return told
    told["checkpoint"]["outcome"] = HOLDS
    not_after = (request.get("now") or time.time()) + CLOCK_SKEW_SECONDS
    told["witnesses"]["outcome"] = HOLDS if policy.is_fulfilled(times, not_after) else FAILS
    is_included = index < size and root_of(leaf, index, size, hashes) == root
    told["inclusion"] = {"outcome": HOLDS, "index": -1} if is_included else {"outcome": FAILS, "index": index}
    return told


def exit_code(claims):
    return EXIT_WRONG if any(claim["outcome"] == FAILS for claim in claims.values()) else EXIT_HOLDS


def batch(path, openssl):
    worst = EXIT_HOLDS
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            claims = check(json.loads(line), openssl)
            answer = {"exitCode": exit_code(claims), "claims": claims}
        except (Unusable, OSError) as error:
            answer = {"exitCode": EXIT_UNCHECKED, "claims": {}, "error": str(error)}
        worst = max(worst, answer["exitCode"])
        print(json.dumps(answer))
    return worst


def main():
    options = argparse.ArgumentParser(description="Checks a receipt of a transparency log.")
    options.add_argument("--policy", help="keys and quorum, in tlog-policy syntax")
    options.add_argument("--leaf", help="the entry that the receipt is about")
    options.add_argument("--now", type=int, help="the time to judge by, POSIX seconds; the clock's without")
    options.add_argument("--batch", action="store_true", help="the file has one request per line")
    options.add_argument("path")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        openssl = OpenSsl(folder)
        try:
            if asked.batch:
                return batch(asked.path, openssl)
            if asked.policy is None or asked.leaf is None:
                options.error("--policy and --leaf are needed")
            claims = check(vars(asked), openssl)
        except (Unusable, OSError) as error:
            print(f"check_receipt: {error}", file=sys.stderr)
            return EXIT_UNCHECKED
    for name, claim in claims.items():
        place = f" at index {claim['index']}" if claim["index"] >= 0 else ""
        why = f"  ({claim['why']})" if "why" in claim else ""
        print(f"{name:<11} {claim['outcome']}{place}{why}")
    return exit_code(claims)


if __name__ == "__main__":
    sys.exit(main())
