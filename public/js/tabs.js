// Who signs out in one tab leaves no page of hers in another one. Without this file such a page stays as it is until its next step.

const tabs = new BroadcastChannel('session')
const { tab } = document.body.dataset

if (tab === 'over') tabs.postMessage(tab)
if (tab === 'ending') tellAtTheEnd()
if (tab === 'hers') {
  tabs.addEventListener('message', look)
  // The page comes back from the browser's memory as it was.
  addEventListener('pageshow', ({ persisted }) => persisted && look())
}

// The others look once the answer is there: the next page may be that of a service.
function tellAtTheEnd() {
  let isEnding = false
  const form = document.querySelector('main form')
  // The other button leaves one service, and keeps the session.
  form.addEventListener('submit', ({ submitter }) => (isEnding = submitter?.value === 'yes'))
  addEventListener('pagehide', () => isEnding && tabs.postMessage('over'))
}

// The house says what is so. The address stands without its part after '#', with which nothing would be asked.
function look() {
  const over = document.querySelector('dialog[data-over]')?.dataset.over
  location.replace(over ?? location.pathname + location.search)
}
