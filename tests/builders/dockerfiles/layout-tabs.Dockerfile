FROM base
RUN set -eux; \
	echo tabs; \
	\
	if [ -n "${A:-}" ]; then \
		echo nested; \
		for f in 1 2 3; do \
			echo "$f  two  spaces"; \
		done; \
	fi; \
	\
# a comment that the builder drops
	case "x" in \
		x) echo 'single  quoted	tab' ;; \
		*) ;; \
	esac; \
	echo end
RUN { \
		echo '[section]'; \
		echo 'key = value'; \
	} > /conf; \
	cat /conf | \
		sed -e 's/a  b/c/' \
		    -e 's/x/y/'
