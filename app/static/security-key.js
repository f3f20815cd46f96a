/* Has a security key answer; without this script the form goes on to a page that tells the other ways. */
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const letters = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
const ANSWERED = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

async function answer(form) {
  const asked = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
  const options = await asked.json();
  options.challenge = bytes(options.challenge);
  let credential;
  if (options.user) {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = known(options.excludeCredentials);
    credential = await navigator.credentials.create({ publicKey: options });
  } else {
    options.allowCredentials = known(options.allowCredentials);
    credential = await navigator.credentials.get({ publicKey: options });
  }
  const given = ANSWERED.filter((name) => credential.response[name]);
  const response = Object.fromEntries(given.map((name) => [name, letters(credential.response[name])]));
  return JSON.stringify({ id: credential.id, rawId: letters(credential.rawId), type: credential.type, response });
}

for (const form of document.querySelectorAll("form[data-options]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const says = form.querySelector("[role=alert]");
    says.textContent = "";
    try {
      form.elements.answer.value = await answer(form);
      form.submit();
    } catch {
      says.textContent = form.dataset.refused;
    }
  });
}
