"""The processes behind the API: workers take jobs (`consumer`), the watcher takes files (`watching`),
`supervising` keeps all of them alive. At scale each runs on its own; embedded they are children of
one command, which must be quick to start and therefore imports only what it needs."""
