// « Afficher » beside each password: without this file it stays hidden, as typed.

for (const field of document.querySelectorAll('input[type="password"][data-show]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'button reveal'
  button.setAttribute('aria-controls', field.id)
  show(false)
  button.addEventListener('click', () => show(field.type === 'password'))
  // What is sent is never of a field that the browser would remember as plain text.
  field.form?.addEventListener('submit', () => show(false))
  field.after(button)

  function show(isShown) {
    field.type = isShown ? 'text' : 'password'
    button.textContent = isShown ? field.dataset.hide : field.dataset.show
  }
}
