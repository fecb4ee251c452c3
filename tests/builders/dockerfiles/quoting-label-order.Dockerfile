FROM base
LABEL z=1 a=2
LABEL a=3 z="4 b=5"
LABEL com.example.run="docker run --rm -it \${OPT1} IMAGE" com.example.usage="see http://example.org/ \
 for more"
LABEL io.k8s.display-name="Demo 1.0" io.openshift.tags="builder,demo" io.openshift.expose-services="8080:http"
ENV x=1 y="2 z=3"
ENV y="2" z="3"
