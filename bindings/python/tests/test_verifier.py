"""The package, as a user of it."""

import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

from hutong_verifier import Scanner

FILES = Path(__file__).parents[3] / "crates/hutong/tests/files"
CODE = (FILES / "dose-xa.hc1").read_text().strip()
SIGNER = (FILES / "signer-xa.pem").read_bytes()
AT = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


class Verifying(unittest.TestCase):
    def setUp(self):
        self.scanner = Scanner()

    def test_a_trusted_certificate(self):
        self.assertEqual(self.scanner.trust(SIGNER), (1, 0))
        answer = self.scanner.verify(CODE, AT)
        self.assertEqual((answer["result"], answer["issuer"]), ("valid", "XA"))
        self.assertEqual(answer["records"][0]["type"], "vaccination")
        self.assertEqual(self.scanner.verify(CODE.encode(), AT.replace(tzinfo=None)), answer)

    def test_nobody_is_trusted_at_first(self):
        self.assertEqual(self.scanner.verify(CODE, AT)["result"], "unverified")

    def test_no_code_raises(self):
        for code in ["", "rubbish", "HC1:", "\ud800", b"\xff\x00", "x" * 100_000]:
            self.assertEqual(self.scanner.verify(code, AT)["result"], "invalid")

    def test_a_file_that_is_none_raises(self):
        for file in [b"", b"nothing", b"{}"]:
            with self.assertRaises(ValueError):
                self.scanner.trust(file)
        with self.assertRaises(ValueError):
            self.scanner.trust(SIGNER, "no key")

    def test_threads(self):
        self.scanner.trust(SIGNER)
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(lambda _: self.scanner.verify(CODE, AT)["result"], range(200))
        self.assertEqual(set(answers), {"valid"})


if __name__ == "__main__":
    unittest.main()
