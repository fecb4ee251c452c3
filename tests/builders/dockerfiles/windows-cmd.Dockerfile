# escape=`
#: builder classic buildkit-0.8 buildkit-head
# buildah reads ENV's quotes with the backslash, whatever the directive says
FROM anyshell
SHELL ["cmd", "/S", "/C"]
ARG MODE=release
RUN echo %MODE% && `
    if not exist C:\x mkdir C:\x
RUN setx /M PATH "%PATH%;C:\app"
RUN dir C:\app
SHELL ["pwsh", "-Command", "$ErrorActionPreference = 'Stop';"]
RUN Get-ChildItem C:\app; `
    Write-Host 'done'
ENV ESCAPED="a`"b" DOLLAR=`$x
LABEL path="C:\Program Files\demo"
CMD app.exe --serve
