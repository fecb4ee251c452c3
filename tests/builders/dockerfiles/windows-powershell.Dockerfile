# escape=`
#: builder classic buildkit-0.8 buildkit-head
# buildah reads ENV's quotes with the backslash, whatever the directive says
FROM anyshell
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
ENV TOOL_VERSION 1.2.3
ENV TOOL_HOME=C:\tool TRAILING="C:\dir\"
RUN $url = ('https://example.org/{0}/tool-{1}.zip' -f $env:TOOL_VERSION, $env:TOOL_VERSION); `
	Write-Host ('Downloading {0} ...' -f $url); `
	Invoke-WebRequest -Uri $url -OutFile 'tool.zip'; `
	`
	if ((Get-FileHash tool.zip -Algorithm sha256).Hash -ne 'abc') { `
		Write-Host 'FAILED!'; `
		exit 1; `
	}; `
	`
	Expand-Archive tool.zip -DestinationPath C:\; `
	Remove-Item tool.zip -Force
RUN Write-Host "quoted `"inner`" text"; Write-Host 'a  b'
COPY app.conf C:/tool/
USER ContainerUser
EXPOSE 8080
ENTRYPOINT ["powershell", "-NoLogo", "C:\\app\\start.ps1"]
CMD ["C:\\Program Files\\tool\\tool.exe", "--config", "C:\\tool\\"]
