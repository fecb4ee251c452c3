# escape=`
#: builder buildah buildah-layers
FROM anyshell
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
ENV TOOL_VERSION 1.2.3
ENV TOOL_HOME=C:\\tool TRAILING="C:\\dir\\"
RUN $url = ('https://example.org/{0}/tool.zip' -f $env:TOOL_VERSION); `
	Invoke-WebRequest -Uri $url -OutFile 'tool.zip'; `
	`
	Remove-Item tool.zip -Force
RUN Write-Host "quoted `"inner`" text"; Write-Host 'a  b'
COPY app.conf C:/tool/
WORKDIR C:\app
USER ContainerUser
ENTRYPOINT ["powershell", "-NoLogo", "C:\\app\\start.ps1"]
