"""mDNS: surfaces in the network find the OSC server and its OSCQuery by themselves."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Self

log = logging.getLogger(__name__)

PATIENCE_S = 1.0
SERVICES = ("_oscjson._tcp.local.", "_osc._udp.local.")


class Announcement:
    """Announces the HTTP port ``query_port`` and the OSC port ``osc_port`` at ``host`` as ``name``.

    In the background, for it takes seconds; where it cannot be, one line in the log says so and that is all.
    """

    def __init__(self, name: str, host: str, query_port: int, osc_port: int) -> None:
        self._name, self._host = name, host
        self._ports = dict(zip(SERVICES, (query_port, osc_port), strict=True))
        self._zeroconf: Any = None
        self._announced = threading.Event()
        self._closing = threading.Event()

    def start(self) -> Self:
        """Begin to announce."""
        self._thread = threading.Thread(target=self._run, name="mdns", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Take it back."""
        self._closing.set()
        self._thread.join(PATIENCE_S)  # one that is still asking for its name ends by itself

    def wait(self, seconds: float) -> bool:
        """Wait until it is announced, for ``seconds`` at most; say whether it is."""
        return self._announced.wait(seconds)

    def _run(self) -> None:
        try:
            from zeroconf import IPVersion, ServiceInfo, Zeroconf

            interfaces, addresses = self._where()
            with Zeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only) as zeroconf:
                machine = socket.gethostname().partition(".")[0][:32]
                own = f"{self._name}-{machine}-{self._ports[SERVICES[1]]}"
                infos = [
                    ServiceInfo(
                        service, f"{own}.{service}", port,
                        server=f"{own}.local.", parsed_addresses=addresses, properties={"txtvers": "1"},
                    )
                    for service, port in self._ports.items()
                ]  # fmt: skip
                with ThreadPoolExecutor(len(infos)) as both:  # each waits 2 s for others of its name to object
                    list(both.map(partial(zeroconf.register_service, allow_name_change=True), infos))
                self._announced.set()
                self._closing.wait()
        except ImportError:
            log.warning("OSC is not announced in the network: that needs zeroconf (pip install masterchain[live])")
        except Exception as error:  # of the network, of which there are many kinds
            log.warning("OSC is not announced in the network: %s: %s", type(error).__name__, error)

    def _where(self) -> tuple[Any, list[str]]:
        """Return on which interfaces to announce, and which addresses."""
        import ifaddr
        from zeroconf import InterfaceChoice

        host = "127.0.0.1" if self._host == "localhost" else self._host
        if not ipaddress.ip_address(host).is_unspecified:
            return [host], [host]
        addresses = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
        return InterfaceChoice.All, [one for one in addresses if not ipaddress.ip_address(one).is_loopback]
