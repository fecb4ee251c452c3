FROM base
CMD ["/bin/sh", "-c", "echo \"$A\" && printf 'x\ty'"]
CMD ["a b", "it's", "", "back\\slash", "tab\there", "new\nline", "żółć", "<&>"]
ENTRYPOINT ["/usr/bin/env", "--", "x=y z"]
CMD ["--flag=a b", "[brackets]", "{braces}", "$VAR"]
