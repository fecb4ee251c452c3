"""The names of the end-of-life table's products in images, variables, packages and archives."""

from __future__ import annotations

import re

from reconstruct import pattern as lazy

# Names in lower case: the last part of an image's name, a variable before `_VERSION`, in a package or an archive.
_NAMES = """
Debian: debian
Ubuntu: ubuntu
Alpine: alpine alpinelinux
CentOS: centos
CentOS Stream: stream8 stream9 stream10 centos-stream
Fedora: fedora fedora-minimal
Rocky Linux: rockylinux rocky
AlmaLinux: almalinux alma
Amazon Linux: amazonlinux
openSUSE Leap: leap opensuse-leap
Oracle Linux: oraclelinux
Red Hat Enterprise Linux: ubi6 ubi7 ubi8 ubi9 ubi ubi-minimal ubi-init rhel rhel6 rhel7 rhel8 rhel9
SUSE Linux Enterprise Server: sles sle15 bci-base suse-linux-enterprise
Photon OS: photon
Devuan: devuan
Mageia: mageia
NixOS: nixos
Node.js: node nodejs
Python: python python3 cpython pypy
PHP: php
Ruby: ruby
Go: go golang
Perl: perl
.NET: dotnet aspnet aspnetcore dotnet-sdk dotnet-runtime dotnet_sdk dotnet_runtime netcore
Erlang: erlang otp
Elixir: elixir
Julia: julia
Lua: lua
Scala: scala
Kotlin: kotlin
GHC: ghc haskell
Deno: deno
Bun: bun
JRuby: jruby
Java: java jdk jre openjdk temurin eclipse-temurin adoptopenjdk java_major zulu liberica
Amazon Corretto: corretto amazoncorretto amazon-corretto
GraalVM: graalvm graalvm-ce
Oracle JDK: oraclejdk oracle-jdk
PowerShell: powershell pwsh
Groovy: groovy
PostgreSQL: postgres postgresql pg postgis
MySQL: mysql mysql-server mysql-community-server percona
MariaDB: mariadb mariadb-server
MongoDB: mongo mongodb mongodb-org mongod
Redis: redis redis-server
Valkey: valkey
Memcached: memcached
Cassandra: cassandra apache-cassandra
CouchDB: couchdb apache-couchdb
Couchbase Server: couchbase
Neo4j: neo4j
InfluxDB: influxdb influxdb2
ClickHouse: clickhouse clickhouse-server
CockroachDB: cockroach cockroachdb
ArangoDB: arangodb arango
Elasticsearch: elasticsearch elastic elasticsearch-oss es
OpenSearch: opensearch
Solr: solr
etcd: etcd
SQL Server: mssql mssql-server
Tarantool: tarantool
HBase: hbase
Hadoop: hadoop
Spark: spark apache-spark pyspark
Flink: flink
Meilisearch: meilisearch
RabbitMQ: rabbitmq rabbitmq-server
Kafka: kafka apache-kafka
ActiveMQ: activemq apache-activemq activemq-classic
Artemis: artemis apache-artemis activemq-artemis
Pulsar: pulsar apache-pulsar
ZooKeeper: zookeeper apache-zookeeper zk
Consul: consul
nginx: nginx nginx-unprivileged openresty
Apache HTTP Server: httpd apache apache2
Tomcat: tomcat apache-tomcat
Jetty: jetty
HAProxy: haproxy
Varnish: varnish
Traefik: traefik
Envoy: envoy
Squid: squid
Caddy: caddy
Kong: kong
Postfix: postfix
Dovecot: dovecot
Exim: exim exim4
ProFTPD: proftpd
OpenVPN: openvpn
Jenkins: jenkins
SonarQube: sonarqube sonar
GitLab: gitlab gitlab-ce gitlab-ee
Gerrit: gerrit
Grafana: grafana
Grafana Loki: loki
Prometheus: prometheus
Kibana: kibana
Logstash: logstash
Beats: filebeat metricbeat heartbeat
Telegraf: telegraf
Zabbix: zabbix zabbix-server zabbix-agent
Graylog: graylog
Fluent Bit: fluent-bit fluentbit
Keycloak: keycloak
Vault: vault
Nomad: nomad
Airflow: airflow
NiFi: nifi
WordPress: wordpress
Drupal: drupal
Joomla: joomla
Nextcloud: nextcloud
MediaWiki: mediawiki
Moodle: moodle
Mattermost: mattermost
Matomo: matomo piwik
Magento: magento
phpMyAdmin: phpmyadmin
Redmine: redmine
TYPO3: typo3
Plone: plone
Confluence: confluence
Jira: jira
Bitbucket: bitbucket
Rancher: rancher
Django: django
Ruby on Rails: rails
Laravel: laravel
Symfony: symfony
Spring Boot: spring-boot springboot
OpenSSL: openssl
Docker Engine: docker docker-ce dind
containerd: containerd
Podman: podman
Kubernetes: kubernetes kubectl k8s kubelet kubeadm kube hyperkube
Terraform: terraform
Ansible: ansible
Maven: maven apache-maven
Gradle: gradle
Composer: composer
Subversion: svn subversion
pnpm: pnpm
Yarn: yarn
Rust: rust rustlang rustc rust_toolchain
Gleam: gleam
Vitess: vitess
DuckDB: duckdb
IBM MQ: ibm-mq ibmmq
Camel: camel apache-camel
APISIX: apisix
Istio: istio istioctl pilot proxyv2
Cilium: cilium
Calico: calico calicoctl calico-node
Contour: contour
Harbor: harbor harbor-core
Artifactory: artifactory artifactory-oss artifactory-pro
Nexus Repository: nexus nexus3
ISC DHCP: isc-dhcp isc-dhcp-server
Authentik: authentik
OpenBao: openbao
Teleport: teleport
Bamboo: bamboo bamboo-server
YouTrack: youtrack
Splunk: splunk splunkforwarder
Sourcegraph: sourcegraph
Mastodon: mastodon
Discourse: discourse
Forgejo: forgejo
Rocket.Chat: rocket.chat rocketchat
Roundcube: roundcube roundcubemail
phpBB: phpbb
Strapi: strapi
Shopware: shopware
Craft CMS: craftcms
Concrete CMS: concrete5 concretecms
Argo CD: argocd argo-cd
Argo Workflows: argo-workflows argoexec workflow-controller
cert-manager: cert-manager cert-manager-controller
KEDA: keda
Jaeger: jaeger jaeger-all-in-one
Dependency-Track: dependency-track dependencytrack
Puppet: puppet puppetserver puppet-agent
Salt: saltstack salt-master salt-minion
Icinga: icinga2
ColdFusion: coldfusion
Mule: mule mule-runtime
ClamAV: clamav
FFmpeg: ffmpeg
Angular: angular angular-cli @angular/cli @angular/core
AngularJS: angularjs
Next.js: nextjs
Express: expressjs
Vue: vue vuejs
Nuxt: nuxt nuxtjs
Ember: ember ember-cli emberjs
Electron: electron
CakePHP: cakephp cakephp/cakephp
Spring Framework: spring-framework
Struts: struts struts2
Quarkus: quarkus
Micronaut: micronaut
Grails: grails
Dropwizard: dropwizard
Wagtail: wagtail
Log4j: log4j log4j2
NumPy: numpy
Packer: packer
OpenTofu: opentofu tofu
Ansible Core: ansible-core ansible-base
GitLab Runner: gitlab-runner
Liquibase: liquibase
"""
PRODUCTS = {
    name: product
    for line in _NAMES.strip().splitlines()
    for product, _, names in (line.partition(": "),)
    for name in names.split()
}
# Names that are too generic on their own in variables and archives.
VAGUE = frozenset(
    {
        "apache",
        "pg",
        "es",
        "kube",
        "leap",
        "rocky",
        "docker",
        "elastic",
        "sonar",
        "spark",
        "jre",
        "java_major",
        "alma",
        "go",
        "bun",
        "camel",
        "contour",
        "harbor",
        "mule",
        "nexus",
        "packer",
        "pilot",
        "rust",
        "stack",
        "teleport",
    }
)
# Variables without one of the usual suffixes.
VARIABLES = {"PG_MAJOR": "PostgreSQL", "PG_VERSION": "PostgreSQL", "HTTPD_VERSION": "Apache HTTP Server", "GOLANG_VERSION": "Go", "GO_VERSION": "Go",
             "OTP_VERSION": "Erlang", "DOCKER_VERSION": "Docker Engine", "ES_VERSION": "Elasticsearch", "ELASTIC_VERSION": "Elasticsearch",
             "KUBE_VERSION": "Kubernetes", "JDK_VERSION": "Java", "JRE_VERSION": "Java", "SPARK_VERSION": "Spark",
             "RUST_VERSION": "Rust", "HARBOR_VERSION": "Harbor", "RUSTC_VERSION": "Rust", "NEXUS_VERSION": "Nexus Repository", "PACKER_VERSION": "Packer", "NEXT_VERSION": "Next.js"}  # fmt: skip
VARIABLE = lazy.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*?)_?(?:VERSION|VER|MAJOR|RELEASE|MAJOR_VERSION|TAG)")

# Packages with the release in their names: pattern → product; the release is the group, its digits separated by dots.
PACKAGES = (
    (lazy.compile(r"python(2\.\d|3\.\d{1,2})(?:-[a-z]+)*"), "Python"),
    (lazy.compile(r"(?:rh-)?python(2|3)(\d{1,2})(?:-[a-z]+)*"), "Python"),
    (lazy.compile(r"php(\d\.\d)(?:-[a-z]+)*"), "PHP"),
    (lazy.compile(r"php([578])(\d)?(?:-[a-z0-9]+)*"), "PHP"),
    (lazy.compile(r"postgresql(9)([0-6])(?:-[a-z]+)*"), "PostgreSQL"),
    (lazy.compile(r"postgresql(?:-(?:server|client|contrib))?-?(\d{1,2}(?:\.\d)?)(?:-[a-z]+)*"), "PostgreSQL"),
    (lazy.compile(r"openjdk-?(\d{1,2})(?:-[a-z]+)*"), "Java"),
    (lazy.compile(r"java-1\.(\d)\.0-openjdk(?:-[a-z]+)*"), "Java"),
    (lazy.compile(r"java-(\d{2})-openjdk(?:-[a-z]+)*"), "Java"),
    (lazy.compile(r"temurin-(\d{1,2})-(?:jdk|jre)"), "Java"),
    (lazy.compile(r"mysql-(?:community-)?(?:server|client)(?:-core)?-(\d\.\d)"), "MySQL"),
    (lazy.compile(r"mariadb-(?:server|client)(?:-core)?-(\d{1,2}\.\d{1,2})"), "MariaDB"),
    (lazy.compile(r"ruby-?(\d\.\d)(?:-[a-z]+)*"), "Ruby"),
    (lazy.compile(r"(?:rh-)?ruby(2)(\d)(?:-[a-z]+)*"), "Ruby"),
    (lazy.compile(r"(?:rh-)?nodejs-?(\d{1,2})(?:-[a-z]+)*"), "Node.js"),
    (lazy.compile(r"(?:dotnet-(?:sdk|runtime|hostfxr)|aspnetcore-runtime)-(\d{1,2}\.\d)"), ".NET"),
    (lazy.compile(r"tomcat-?(\d{1,2})(?:-[a-z]+)*"), "Tomcat"),
    (lazy.compile(r"golang-(1\.\d{1,2})(?:-[a-z]+)*"), "Go"),
    (lazy.compile(r"elasticsearch-?(\d)"), "Elasticsearch"),
    (lazy.compile(r"kubernetes-cni-?(\d)"), "Kubernetes"),
)
# Each of these patterns begins with one of these.
PACKAGE_BEGINNINGS = (
    "python", "rh-", "php", "postgresql", "openjdk", "java-", "temurin-", "mysql-", "mariadb-", "ruby", "nodejs", "dotnet-", "aspnetcore-", "tomcat",
    "golang-", "elasticsearch", "kubernetes-",
)  # fmt: skip
# Packages whose names imply the release.
LONE_PACKAGES = {
    "python2": ("Python", "2.7"),
    "python-minimal": ("Python", "2.7"),
    "python2-dev": ("Python", "2.7"),
    "py2-pip": ("Python", "2.7"),
}

# Packages of language managers that aren't called what the product is.
MODULES = {
    "next": "Next.js", "express": "Express", "angular": "AngularJS", "laravel/laravel": "Laravel", "laravel/framework": "Laravel", "symfony/skeleton": "Symfony",
    "drupal/core": "Drupal", "drupal/recommended-project": "Drupal", "cakephp/app": "CakePHP", "typo3/cms-core": "TYPO3", "shopware/core": "Shopware",
}  # fmt: skip

# In the text of a step: URLs of repositories and installers that name a release.
TEXTS = (
    (lazy.compile(r"(?:deb|rpm)\.nodesource\.com/(?:pub_|setup_|node_)(\d{1,2})\.x"), "Node.js"),
    (lazy.compile(r"artifacts\.elastic\.co/packages/(\d)\.x"), "Elasticsearch"),
    (lazy.compile(r"repo\.mongodb\.org/\S*?/mongodb-org/(\d\.\d)"), "MongoDB"),
    (lazy.compile(r"mongodb-org/(\d\.\d)\b"), "MongoDB"),
    (lazy.compile(r"mysql-apt-config\S*\s.*?mysql-(\d\.\d)"), "MySQL"),
    (lazy.compile(r"repo\.mysql\.com/\S*mysql(5\d|8\d)-"), "MySQL"),
    (lazy.compile(r"mariadb-(\d{1,2}\.\d{1,2})(?:/|\s)"), "MariaDB"),
    (lazy.compile(r"mariadb\.org/repo/(\d{1,2}\.\d{1,2})/"), "MariaDB"),
    (lazy.compile(r"dotnet-install\.sh\S*\s.*?(?:--channel|-c|--version|-v)\s+(\d{1,2}\.\d)"), ".NET"),
    (lazy.compile(r"\bnvm install (?:v)?(\d{1,2})\b"), "Node.js"),
    (lazy.compile(r"\bmodule (?:enable|install) (?:-y )?nodejs:(\d{1,2})\b"), "Node.js"),
    (lazy.compile(r"\bmodule (?:enable|install) (?:-y )?php:(\d\.\d)\b"), "PHP"),
    (lazy.compile(r"\bmodule (?:enable|install) (?:-y )?postgresql:(\d{1,2}(?:\.\d)?)\b"), "PostgreSQL"),
    (lazy.compile(r"\bpyenv install (?:-s )?(\d\.\d{1,2})"), "Python"),
    (lazy.compile(r"\brbenv install (?:-s )?(\d\.\d)"), "Ruby"),
    (lazy.compile(r"pkgs\.k8s\.io/\S*?:/v(1\.\d{1,2})/"), "Kubernetes"),
    (lazy.compile(r"\bdeb(?:-src)?\s+(?:\[[^\]]*\]\s*)?\S*(?:debian\.org|debian\.net)\S*\s+([a-z]+)[\s/-]"), "Debian"),
    (lazy.compile(r"\bdeb(?:-src)?\s+(?:\[[^\]]*\]\s*)?\S*(?:ubuntu\.com)\S*\s+([a-z]+)[\s/-]"), "Ubuntu"),
)
TEXT_HINTS = ("nodesource", "elastic.co", "mongodb", "mysql", "mariadb", "dotnet-install", "nvm install", "module ", "pyenv install", "rbenv install",
              "pkgs.k8s.io", "debian.org", "ubuntu.com", "debian.net")  # fmt: skip

# `redis-5.0.14.tar.gz`, `node-v12.22.12-linux-x64.tar.xz`, `apache-tomcat-8.0.53.zip`, `kafka_2.12-2.8.2.tgz`, `go1.15.15.linux-amd64.tar.gz`
ARCHIVE = lazy.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9.+-]*?)(?:_2\.\d+)?[-_]?v?(?P<version>\d+\.\d+(?:\.\d+)*)(?=[-_.+~a-zA-Z]|$)"
)
ENDING = lazy.compile(r"\.(?:tar(?:\.\w+)?|t[gbx]z|zip|deb|rpm|jar|war|msi|exe|pkg|7z|phar)$", re.IGNORECASE)
