// « Écouter »: the page read aloud by the device itself. Without this file, or a voice, there is no such button.

const place = document.querySelector('[data-read-aloud]')
if (place !== null && 'speechSynthesis' in globalThis) offer(place)

function offer(place) {
  const { readAloud: listen, stop } = place.dataset
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'act'
  const icon = Object.assign(new Image(24, 24), {
    src: '/icons/listen.svg',
    alt: '',
    className: 'icon',
  })
  const name = document.createElement('span')
  name.textContent = listen
  button.append(icon, name)
  place.append(button)
  place.hidden = false
  button.addEventListener('click', () => (speechSynthesis.speaking ? end() : begin()))
  addEventListener('pagehide', () => speechSynthesis.cancel())

  // A sentence each: what is long is cut short by some voices.
  function begin() {
    name.textContent = stop
    const pieces = piecesOf(document.querySelector('main'))
    for (const [n, text] of pieces.entries()) {
      const said = new SpeechSynthesisUtterance(text)
      said.lang = `${document.documentElement.lang}-CA`
      if (n === pieces.length - 1) said.addEventListener('end', end)
      speechSynthesis.speak(said)
    }
  }

  function end() {
    speechSynthesis.cancel()
    name.textContent = listen
  }
}

// What is seen, in its order; not our own row of links, nor what is folded away.
function piecesOf(main) {
  const pieces = []
  for (const element of main.querySelectorAll(
    'h1, h2, h3, p, dt, dd, li, legend, label, summary, button, a.button',
  )) {
    const isWhole = element.querySelector('p, li, dd, h2, h3, label, button') === null
    if (isWhole && element.closest('.reading, .tools') === null && element.checkVisibility())
      pieces.push(element.innerText.trim())
  }
  return pieces.filter((text) => text !== '')
}
