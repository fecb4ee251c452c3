FROM base
CMD echo shell
CMD ["echo", "exec"]
CMD ["single"]
CMD []
ENTRYPOINT ["top", "-b"]
CMD ["-c"]
ENTRYPOINT top -b -n1
ENTRYPOINT ["/bin/sh", "-c", "exec top"]
CMD ["/bin/sh", "-c"]
CMD ["/bin/sh"]
