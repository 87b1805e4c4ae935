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
  if (!problem) return document.getElementById("main").replaceWith(document.adoptNode(page.getElementById("main")));
  form.elements.key.value = page.getElementById("upload").elements.key.value; // the next try is another upload
  say([...problem.childNodes].map((node) => document.adoptNode(node)));
}
// A file that was saved again since it was chosen can't be read any more; of one that is gone a part reads as nothing.
const readable = (file) => (file.size ? file.slice(0, 1) : file).arrayBuffer()
  .then((read) => read.byteLength === Math.min(1, file.size), () => false);
function chooseAnew() {
  form.elements.file.value = ""; // else the same file, chosen once more, would be no change
  say(note(form.dataset.changed));
}
async function interrupted(file, complete) {
  if (!(await readable(file))) return chooseAnew();
  say(note(complete ? form.dataset.unanswered : form.dataset.lost));
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.dataset.busy) return;
  const file = form.elements.file.files[0];
  if (file.size > form.dataset.largest) return say(note(form.dataset.tooLarge));
  form.dataset.busy = "yes";
  if (!(await readable(file))) return chooseAnew();
  document.getElementById("problem").replaceChildren();
  sending.hidden = false;
  let complete = false;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", progress);
  request.upload.addEventListener("load", () => (complete = true));
  request.addEventListener("load", () => answered(request));
  request.addEventListener("error", () => interrupted(file, complete));
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("HX-Current-URL", location.href);
  request.send(new FormData(form));
});
// A browser drops several files, or a folder, into a field for one without a word, or takes any one of them.
form.querySelector(".drop").addEventListener("drop", (event) => {
  const { files, items } = event.dataTransfer;
  const folder = [...items].some((item) => item.webkitGetAsEntry?.()?.isDirectory);
  if (files.length < 2 && !folder) return say([]);
  event.preventDefault();
  say(note(folder ? form.dataset.folder : form.dataset.several));
});
form.elements.file.addEventListener("change", () => say([]));
