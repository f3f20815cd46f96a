/* Suggests communes while one types; the form does without it. */
for (const box of document.querySelectorAll("[data-communes]")) {
  let waiting;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch("/communes?q=" + encodeURIComponent(box.value));
      if (!answer.ok) return;
      const labels = await answer.json();
      box.list.replaceChildren(...labels.map((label) => new Option("", label)));
    }, 200);
  });
}
