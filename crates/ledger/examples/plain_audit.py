#!/usr/bin/env python3
"""Audits the public files of a ledger with nothing of Hutong.

    plain_audit.py FOLDER 'name+id+key'

FOLDER is a copy of the log's public files (checkpoint, tile/...); the second argument is the log's
verifier key. Needs Python's standard library, and the `openssl` program for the signature. Reads all
entries, computes the root by the definition of RFC 6962 section 2.1, compares it with the signed
checkpoint, and counts the leaves by kind and issuer.
"""

import base64
import collections
import hashlib
import pathlib
import subprocess
import sys
import tempfile

KINDS = ["decision", "access", "rule-pack", "trust-list", "exception", "manual-evidence", "appeal",
         "destruction", "event"]


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root(hashes):
    """Merkle tree hash of leaf hashes, level by level: a node without a neighbour moves up."""
    if not hashes:
        return sha256()
    while len(hashes) > 1:
        pairs = zip(hashes[0::2], hashes[1::2])
        odd = hashes[len(hashes) & ~1:]
        hashes = [sha256(b"\1", left, right) for left, right in pairs] + odd
    return hashes[0]


def path(index):
    parts = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03}")
    return "/".join(parts)


def entries(folder, size):
    for bundle in range((size + 255) // 256):
        width = min(256, size - 256 * bundle)
        full = folder / "tile/entries" / path(bundle)
        partial = pathlib.Path(f"{full}.p") / str(width)
        data = (partial if width < 256 and partial.exists() else full).read_bytes()
        for _ in range(width):
            length = int.from_bytes(data[:2], "big")
            yield data[2:2 + length]
            data = data[2 + length:]


def cbor(data):
    """One value of the CBOR that leaves use, and what is after it."""
    major, info = data[0] >> 5, data[0] & 31
    extra = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
    number = int.from_bytes(data[1:1 + extra], "big") if extra else info
    data = data[1 + extra:]
    if major == 0:
        return number, data
    if major in (2, 3):
        text = data[:number]
        return text if major == 2 else text.decode(), data[number:]
    assert major == 4, "leaves have numbers, texts, bytes and lists"
    items = []
    for _ in range(number):
        item, data = cbor(data)
        items.append(item)
    return items, data


def check_signature(note, key):
    name, _, material = key.split("+", 2)
    material = base64.b64decode(material)
    assert material[0] == 1, "a log's own key has type 1"
    key_id = sha256(name.encode(), b"\n", material)[:4]
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    prefix = f"\u2014 {name} "
    signatures = [base64.b64decode(line[len(prefix):]) for line in lines.splitlines()
                  if line.startswith(prefix)]
    signature = next(s[4:] for s in signatures if s[:4] == key_id)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        der = bytes.fromhex("302a300506032b6570032100") + material[1:]
        (scratch / "key").write_bytes(der)
        (scratch / "text").write_bytes(text.encode())
        (scratch / "signature").write_bytes(signature)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key",
                        "-rawin", "-in", "text", "-sigfile", "signature"],
                       cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    return name, text


def main():
    folder, key = pathlib.Path(sys.argv[1]), sys.argv[2]
    name, text = check_signature((folder / "checkpoint").read_text(), key)
    origin, size, signed_root = text.splitlines()[:3]
    assert origin == name, "the checkpoint is of another log"
    counts, hashes = collections.Counter(), []
    for entry in entries(folder, int(size)):
        hashes.append(sha256(b"\0", entry))
        (version, _, commitment, (kind, fields)), rest = cbor(entry)
        assert version == 1 and len(commitment) == 32 and not rest, "not a leaf"
        counts[KINDS[kind], fields[0]] += 1
    assert base64.b64encode(root(hashes)).decode() == signed_root, "the entries give another root"
    print(f"{origin}: {size} leaves give the signed root {signed_root}")
    for (kind, issuer), count in sorted(counts.items()):
        print(f"{kind} {issuer} {count}")


main()
