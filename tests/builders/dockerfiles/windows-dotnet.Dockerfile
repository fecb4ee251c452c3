# escape=`
FROM anyshell AS build
SHELL ["pwsh", "-Command", "$ErrorActionPreference = 'Stop';$ProgressPreference='silentlyContinue';"]
WORKDIR /src
COPY *.csproj ./
RUN dotnet restore
COPY . .
RUN dotnet publish -c Release -o /out --no-restore; mkdir -p /out
FROM anyshell
ENV ASPNETCORE_URLS=http://+:80 DOTNET_RUNNING_IN_CONTAINER=true
SHELL ["pwsh", "-Command", "$ErrorActionPreference = 'Stop';$ProgressPreference='silentlyContinue';"]
RUN $dotnet_version = '8.0.1'; `
    Invoke-WebRequest -OutFile dotnet.zip https://example.org/dotnet-$dotnet_version.zip; `
    $sha = '00ff'; `
    if ((Get-FileHash dotnet.zip -Algorithm sha512).Hash -ne $sha) { exit 1 }
WORKDIR /app
COPY src .
HEALTHCHECK CMD powershell -command `
    try { `
     $response = iwr http://localhost:80 -UseBasicParsing; `
     if ($response.StatusCode -eq 200) { return 0} else {return 1}; `
    } catch { return 1 }
ENTRYPOINT ["dotnet", "demo.dll"]
