# escape=`
# A runtime on Windows: PowerShell, tabs, the backtick.
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
RUN $url = ('https://runtime.example/{0}/lang-{1}.exe' -f $env:LANG_DIR, $env:LANG_VERSION); `
	Write-Host ('Downloading {0} ...' -f $url); `
	[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12; `
	Invoke-WebRequest -Uri $url -OutFile 'lang.exe'; `
	`
	$sha256 = '0123456789abcdef'; `
	Write-Host ('Verifying sha256 ({0}) ...' -f $sha256); `
	if ((Get-FileHash lang.exe -Algorithm sha256).Hash -ne $sha256) { `
		Write-Host 'FAILED!'; `
		exit 1; `
	}; `
	`
	Write-Host 'Installing ...'; `
	$exitCode = (Start-Process lang.exe -Wait -NoNewWindow -PassThru `
		-ArgumentList @( `
			'/quiet', `
			'InstallAllUsers=1', `
			'PrependPath=1' `
		) `
	).ExitCode; `
	if ($exitCode -ne 0) { `
		Write-Host ('Running installer failed with exit code: {0}' -f $exitCode); `
		exit $exitCode; `
	} `
	`
	Write-Host 'Verifying install ...'; `
	Write-Host '  lang --version'; lang --version; `
	`
	Remove-Item lang.exe -Force; `
	Write-Host 'Complete.';
RUN $newPath = ('{0};C:\lang\bin' -f $env:PATH); `
	Write-Host ('Updating PATH: {0}' -f $newPath); `
	[Environment]::SetEnvironmentVariable('PATH', $newPath, [EnvironmentVariableTarget]::Machine);
