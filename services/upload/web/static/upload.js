// Progress of an upload in words and as a bar. Without this the form posts as any other: the answers are the same pages.
"use strict";
const form = document.getElementById("upload");
const sending = document.getElementById("sending");
const [bar, words] = sending.children;
function say(problem) {
  const note = document.getElementById("problem");
  note.replaceChildren(...problem);
  sending.hidden = true;
  delete form.dataset.busy;
}
function note(text) {
  const template = document.createElement("div");
  template.className = "note bad";
  template.append(Object.assign(document.createElement("p"), { textContent: text }));
  return [template];
}
function progress(event) {
  bar.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0;
  words.textContent = bar.value < 100 ? form.dataset.sending.replace("%", Math.floor(bar.value)) : form.dataset.sent;
}
function answered(request) {
  const elsewhere = request.getResponseHeader("HX-Redirect"); // nobody is signed in any more
  if (elsewhere) return location.assign(elsewhere);
  if (request.status < 400 && request.responseURL) return location.assign(request.responseURL);
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const problem = page.getElementById("problem");
  if (problem) return say([...problem.childNodes].map((node) => document.adoptNode(node)));
  document.getElementById("main").replaceWith(document.adoptNode(page.getElementById("main")));
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (form.dataset.busy) return;
  const file = form.elements.file.files[0];
  if (file.size > form.dataset.largest) return say(note(form.dataset.tooLarge));
  form.dataset.busy = "yes";
  document.getElementById("problem").replaceChildren();
  sending.hidden = false;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", progress);
  request.addEventListener("load", () => answered(request));
  request.addEventListener("error", () => say(note(form.dataset.lost)));
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("HX-Current-URL", location.href);
  request.send(new FormData(form));
});
