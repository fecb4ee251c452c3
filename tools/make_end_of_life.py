"""Renews the audit's table of end-of-life dates from a checkout of github.com/endoflife-date/endoflife.date (MIT licence).

    python tools/make_end_of_life.py CHECKOUT [--dated 2026-08-22]

Facts alone are taken: for every release of the products below the day on which it reaches its end of life, and its code
name. `--dated` is the day of the checkout's state (default: that of its last commit). A product of which the checkout has no page is an
error: it was renamed, and its line below has to follow.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

TABLE = Path(__file__).parent.parent / "reconstruct" / "audit" / "end_of_life.json"
SOURCE = "https://endoflife.date (MIT licence); Debian: end of LTS; Windows Server: end of extended support"

# What the table calls a product → its page in the checkout.
PRODUCTS = {
    # distributions
    "Debian": "debian", "Ubuntu": "ubuntu", "Alpine": "alpine-linux", "CentOS": "centos", "CentOS Stream": "centos-stream", "Fedora": "fedora",
    "Rocky Linux": "rocky-linux", "AlmaLinux": "almalinux", "Amazon Linux": "amazon-linux", "openSUSE Leap": "opensuse", "Oracle Linux": "oracle-linux",
    "Red Hat Enterprise Linux": "rhel", "SUSE Linux Enterprise Server": "sles", "Photon OS": "vmware-photon", "Devuan": "devuan", "Mageia": "mageia",
    "NixOS": "nixos", "EuroLinux": "eurolinux", "OpenWrt": "openwrt", "Clear Linux": "clearlinux", "Windows Server": "windows-server",
    # languages
    "Node.js": "nodejs", "Python": "python", "PHP": "php", "Ruby": "ruby", "Go": "go", "Perl": "perl", ".NET": "dotnet", "Erlang": "erlang",
    "Elixir": "elixir", "Julia": "julia", "Lua": "lua", "Scala": "scala", "Kotlin": "kotlin", "GHC": "ghc", "Deno": "deno", "Bun": "bun", "JRuby": "jruby",
    "Java": "eclipse-temurin", "Amazon Corretto": "amazon-corretto", "GraalVM": "graalvm-ce", "Oracle JDK": "oracle-jdk", "PowerShell": "powershell",
    "Groovy": "apache-groovy", "Rust": "rust", "Gleam": "gleam",
    # databases, caches and search
    "PostgreSQL": "postgresql", "MySQL": "mysql", "MariaDB": "mariadb", "MongoDB": "mongodb", "Redis": "redis", "Valkey": "valkey",
    "Memcached": "memcached", "Cassandra": "apache-cassandra", "CouchDB": "apache-couchdb", "Couchbase Server": "couchbase-server", "Neo4j": "neo4j",
    "InfluxDB": "influxdb", "ClickHouse": "clickhouse", "CockroachDB": "cockroachdb", "ArangoDB": "arangodb", "Elasticsearch": "elasticsearch",
    "OpenSearch": "opensearch", "Solr": "solr", "etcd": "etcd", "SQL Server": "mssqlserver", "Oracle Database": "oracle-database", "Db2": "ibm-db2",
    "Tarantool": "tarantool", "HBase": "hbase", "Hadoop": "apache-hadoop", "Spark": "apache-spark", "Flink": "apache-flink", "Meilisearch": "meilisearch", "Vitess": "vitess", "DuckDB": "duckdb",
    # queues and coordination
    "RabbitMQ": "rabbitmq", "Kafka": "apache-kafka", "ActiveMQ": "apache-activemq", "Artemis": "apache-artemis", "Pulsar": "apache-pulsar",
    "ZooKeeper": "zookeeper", "Consul": "consul", "IBM MQ": "ibm-mq", "Camel": "apache-camel",
    # servers and proxies
    "nginx": "nginx", "Apache HTTP Server": "apache-http-server", "Tomcat": "tomcat", "Jetty": "eclipse-jetty", "HAProxy": "haproxy", "Varnish": "vinyl-cache",
    "Traefik": "traefik", "Envoy": "envoy", "Squid": "squid", "Caddy": "caddy", "Kong": "kong-gateway", "Postfix": "postfix", "Dovecot": "dovecot",
    "Exim": "exim", "ProFTPD": "proftpd", "OpenVPN": "openvpn", "JBoss EAP": "red-hat-jboss-eap",
    "APISIX": "apache-apisix", "Istio": "istio", "Cilium": "cilium", "Calico": "calico", "Contour": "contour", "Harbor": "harbor", "Artifactory": "artifactory",
    "Nexus Repository": "nexus", "ISC DHCP": "isc-dhcp", "Authentik": "authentik", "OpenBao": "openbao", "Teleport": "teleport",
    # applications that images are made of
    "Jenkins": "jenkins", "SonarQube": "sonarqube-community", "GitLab": "gitlab", "Gerrit": "gerrit", "Grafana": "grafana", "Grafana Loki": "grafana-loki",
    "Prometheus": "prometheus", "Kibana": "kibana", "Logstash": "logstash", "Beats": "beats", "Telegraf": "telegraf", "Zabbix": "zabbix",
    "Graylog": "graylog", "Fluent Bit": "fluent-bit", "Keycloak": "keycloak", "Vault": "hashicorp-vault", "Nomad": "nomad", "Airflow": "apache-airflow",
    "NiFi": "apache-nifi", "WordPress": "wordpress", "Drupal": "drupal", "Joomla": "joomla", "Nextcloud": "nextcloud", "MediaWiki": "mediawiki",
    "Moodle": "moodle", "Mattermost": "mattermost", "Matomo": "matomo", "Magento": "magento", "phpMyAdmin": "phpmyadmin", "Redmine": "redmine",
    "TYPO3": "typo3", "Plone": "plone", "Confluence": "confluence", "Jira": "jira-software", "Bitbucket": "bitbucket", "Rancher": "rancher",
    "Bamboo": "bamboo", "YouTrack": "youtrack", "Splunk": "splunk", "Sourcegraph": "sourcegraph", "Mastodon": "mastodon", "Discourse": "discourse",
    "Forgejo": "forgejo", "Rocket.Chat": "rocket-chat", "Roundcube": "roundcube", "phpBB": "phpbb", "Strapi": "strapi", "Shopware": "shopware",
    "Craft CMS": "craft-cms", "Concrete CMS": "concrete-cms", "Argo CD": "argo-cd", "Argo Workflows": "argo-workflows", "cert-manager": "cert-manager",
    "KEDA": "keda", "Jaeger": "jaeger", "Dependency-Track": "dependency-track", "Puppet": "puppet", "Salt": "salt", "Icinga": "icinga",
    "ColdFusion": "coldfusion", "Mule": "mule-runtime", "ClamAV": "clamav", "FFmpeg": "ffmpeg",
    # frameworks and tools
    "Django": "django", "Ruby on Rails": "ruby-on-rails", "Laravel": "laravel", "Symfony": "symfony", "Spring Boot": "spring-boot", "OpenSSL": "openssl",
    "Docker Engine": "docker-engine", "containerd": "containerd", "Podman": "podman", "Kubernetes": "kubernetes", "Terraform": "terraform",
    "Ansible": "ansible", "Maven": "apache-maven", "Gradle": "gradle", "Composer": "composer", "Yarn": "yarn", "pnpm": "pnpm", "Subversion": "apache-subversion",
    "Angular": "angular", "AngularJS": "angularjs", "Next.js": "nextjs", "Express": "express", "Vue": "vue", "Nuxt": "nuxt", "Ember": "emberjs", "Electron": "electron",
    "CakePHP": "cakephp", "Spring Framework": "spring-framework", "Struts": "apache-struts", "Quarkus": "quarkus-framework", "Micronaut": "micronaut",
    "Grails": "grails", "Dropwizard": "dropwizard", "Wagtail": "wagtail", "Log4j": "log4j", "NumPy": "numpy",
    "Packer": "hashicorp-packer", "OpenTofu": "opentofu", "Ansible Core": "ansible-core", "GitLab Runner": "gitlab-runner", "Liquibase": "liquibase",
}  # fmt: skip
# Where another field than `eol` says when fixes end that everyone gets.
FIELDS = {"Debian": "eoes", "Windows Server": "eoes"}
_LINE = re.compile(r"^\s+(?:- )?(?P<key>releaseCycle|codename|eol|eoes): *(?P<value>[^#]*)")


def releases(page: str) -> Iterator[dict[str, str]]:
    """The fields of every release in a page's front matter."""
    found: dict[str, str] = {}
    for line in page.partition("\nreleases:")[2].partition("\n---")[0].splitlines():
        if re.match(r"\s*- releaseCycle:", line) and found:
            yield found
            found = {}
        if match := _LINE.match(line):
            found[match["key"]] = match["value"].strip().strip("\"'")
    if found:
        yield found


def row(release: dict[str, str], field: str) -> list[str | bool | None]:
    """The day of the end of life (None where only the fact is known, false while it lives without a day), and the code
    name's first word."""
    ends = release.get(field) if release.get(field) not in (None, "false", "true") else release.get("eol", "false")
    day: str | bool | None = ends if re.fullmatch(r"\d{4}-\d\d-\d\d", ends or "") else None
    if ends == "false":
        day = False
    name = re.split(r"[ '\"(]", release.get("codename", "").lower())[0]
    return [day, name] if name else [day]


def table(folder: Path) -> dict[str, dict[str, list[str | bool | None]]]:
    found = {}
    for product, slug in PRODUCTS.items():
        path = folder / "products" / f"{slug}.md"
        if not path.is_file():
            raise SystemExit(f"{path}: no such page; {product} may have been renamed")
        field = FIELDS.get(product, "eol")
        found[product] = {
            release["releaseCycle"].lower(): row(release, field)
            for release in releases(path.read_text(encoding="utf-8"))
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--dated", help="the day of the checkout's state, as 2026-08-22")
    options = parser.parse_args()
    dated = options.dated
    if dated is None:
        command = ["git", "-C", str(options.checkout), "log", "-1", "--format=%cs"]
        dated = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    products = table(options.checkout)
    lines = [
        f"    {json.dumps(product)}: {{\n"
        + ",\n".join(f"      {json.dumps(cycle)}: {json.dumps(told)}" for cycle, told in rows.items())
        + "\n    }"
        for product, rows in products.items()
        if rows
    ]
    head = f'{{\n  "dated": {json.dumps(dated)},\n  "source": {json.dumps(SOURCE)},\n  "products": {{\n'
    TABLE.write_text(head + ",\n".join(lines) + "\n  }\n}\n", encoding="utf-8")
    print(f"{len(products)} products, {sum(map(len, products.values()))} releases, as of {dated}")


if __name__ == "__main__":
    main()
