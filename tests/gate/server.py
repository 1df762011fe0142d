# SPDX-License-Identifier: ISC
"""A server of the build, for a moment."""
import os
import subprocess
import tempfile

CONFIGURATION = """<stonechat>
<listen><address>127.0.0.1</address><port>0</port></listen>
<tls><certificate>{0}/cert.pem</certificate><key>{0}/key.pem</key></tls>
<control><socket>{0}/sock</socket></control>
<store><directory>{0}/db</directory></store>
</stonechat>
"""


def stats_of_a_server(build):
    """What `stonechatctl --json stats' says of it."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             f"{place}/key.pem", "-out", f"{place}/cert.pem", "-days", "2",
             "-subj", "/CN=localhost"], check=True, capture_output=True)
        with open(f"{place}/stonechat.xml", "w", encoding="utf-8") as f:
            f.write(CONFIGURATION.format(place))
        with subprocess.Popen([os.path.join(build, "stonechatd"), "-c",
                               f"{place}/stonechat.xml"],
                              stderr=subprocess.PIPE, text=True) as server:
            for line in server.stderr:
                if " event=ready " in line:
                    break
            ctl = [os.path.join(build, "stonechatctl"), "-S",
                   f"{place}/sock"]
            said = subprocess.run([*ctl, "--json", "stats"], check=False,
                                  capture_output=True, text=True).stdout
            server.terminate()
            server.stderr.read()
        return said
