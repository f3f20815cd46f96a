/* Suggests communes while one types; the form does without it. */
for (const box of document.querySelectorAll("[data-communes]")) {
  let waiting;
  const suggest = async () => {
    const typed = box.value;
    const answer = await fetch("/communes?q=" + encodeURIComponent(typed)).catch(() => null);
    if (!answer?.ok || box.value !== typed) return;
    const labels = await answer.json();
    box.list.replaceChildren(...labels.map((label) => new Option("", label)));
  };
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, 200);
  });
}
