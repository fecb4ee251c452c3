# escape=`
# .NET on Windows: PowerShell called from cmd in one string, four blanks a level; and cmd itself.
FROM mcr.microsoft.com/windows/servercore:ltsc2022
RUN powershell -Command " `
        $ErrorActionPreference = 'Stop'; `
        $ProgressPreference = 'SilentlyContinue'; `
        `
        Invoke-WebRequest -OutFile sdk.zip https://dotnet.example/sdk.zip; `
        $sha512 = '0123456789abcdef'; `
        if ((Get-FileHash sdk.zip -Algorithm sha512).Hash -ne $sha512) { `
            Write-Host 'CHECKSUM VERIFICATION FAILED!'; `
            exit 1; `
        }; `
        `
        mkdir dotnet; `
        tar --gzip --extract --no-same-owner --file sdk.zip --directory dotnet; `
        Remove-Item -Force sdk.zip"
RUN curl -fSLo vs_buildtools.exe https://vs.example/vs_buildtools.exe `
    && start /w vs_buildtools.exe ^ `
        --installPath "%ProgramFiles(x86)%\BuildTools" ^ `
        --add Microsoft.Component.ClickOnce.MSBuild ^ `
        --quiet --norestart --nocache --wait `
    && powershell -Command "if ($err = dir $Env:TEMP -Filter dd_setup_*_errors.log) { throw 'failed' }" `
    && del vs_buildtools.exe
RUN setx /M PATH "%PATH%;C:\dotnet" `
    && dotnet help
