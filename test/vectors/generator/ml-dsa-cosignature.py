"""Makes test/vectors/ml-dsa-44.json: a checkpoint with an ML-DSA-44 cosignature (tlog-cosignature), by an implementation that
shares nothing with ours: Python, and the ML-DSA of OpenSSL behind the package cryptography (48 or later).

    python3 test/vectors/generator/ml-dsa-cosignature.py > test/vectors/ml-dsa-44.json
"""

import base64
import hashlib
import json
import struct

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "log.example/audit/2026h2"
WITNESS = "witness.example/fr"
SIZE = 20_852_163
TIME = 1_795_000_000


def opaque(text):
    return bytes([len(text.encode())]) + text.encode()


def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name, kind, public):
    return f"{name}+{key_id(name, kind, public).hex()}+{base64.b64encode(bytes([kind]) + public).decode()}"


def line(name, kind, public, signature):
    return f"\u2014 {name} {base64.b64encode(key_id(name, kind, public) + signature).decode()}\n"


root = hashlib.sha256(b"a root").digest()
text = f"{ORIGIN}\n{SIZE}\n{base64.b64encode(root).decode()}\n"
log = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
log_public = log.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
seed = bytes(range(32))
witness = mldsa.MLDSA44PrivateKey.from_seed_bytes(seed)
public = witness.public_key().public_bytes_raw()
message = (
    b"subtree/v1\n\0"
    + opaque(WITNESS)
    + struct.pack(">Q", TIME)
    + opaque(ORIGIN)
    + struct.pack(">QQ", 0, SIZE)
    + root
)
cosignature = struct.pack(">Q", TIME) + witness.sign(message)
note = text + "\n" + line(ORIGIN, 0x01, log_public, log.sign(text.encode())) + line(WITNESS, 0x06, public, cosignature)
print(
    json.dumps(
        {
            "origin": ORIGIN,
            "size": SIZE,
            "timeSeconds": TIME,
            "logKey": vkey(ORIGIN, 0x01, log_public),
            "witnessSeed": seed.hex(),
            "witnessKey": vkey(WITNESS, 0x06, public),
            "message": message.hex(),
            "note": note,
        },
        indent=2,
        ensure_ascii=False,
    )
)
