# escape=`
FROM anyshell
SHELL ["powershell.exe", "-NoProfile", "-ExecutionPolicy", "Bypass", "-Command"]
ENV chocolateyUseWindowsCompression=false `
    PATH_LIKE="C:\Windows\system32;C:\Windows" `
    PROMPT=$P$G
RUN iex ((New-Object System.Net.WebClient).DownloadString('https://example.org/install.ps1')); `
    choco feature disable --name showDownloadProgress
RUN @( `
      'a', `
      'b c' `
    ) | ForEach-Object { Write-Host $_ }
COPY start.ps1 C:/scripts/
COPY src/ C:/app/src/
RUN New-Item -ItemType Directory C:\data | Out-Null ; Set-ItemProperty -path 'HKLM:\SYSTEM\x' -Name y -Value 0 -Type DWord
VOLUME C:\data
ENTRYPOINT C:\app\run.cmd
