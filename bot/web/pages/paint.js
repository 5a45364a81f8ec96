// Painting a region: marks are kept as a list, so that undo, a reload and drawing anew are one thing.
// The page's sentences stand in its markup, or here in SAYS; the server checks all of it again.

const SAYS = {
  nothing: "Nothing is marked yet.",
  marked: (share) => `${share < 1 ? "Less than 1" : Math.round(share)} % of the picture is marked.`,
  corner: "One corner is set; choose the other and press space.",
  cursor: (x, y) => `${Math.round(x * 100)} % from the left, ${Math.round(y * 100)} % from the top.`,
  size: (size) => `${size} % of the picture`,
  offline: "The server can't be reached. Please try again; nothing was charged.",
};
const PINK = "#ff0080";
const ZOOMS = [1, 1.5, 2, 3, 4, 6];
const STEP = 0.02;

const at = (id) => document.getElementById(id);
const here = document.body.dataset.here;
const canvas = at("mask");
const pen = canvas.getContext("2d", { willReadFrequently: true });

let marks = JSON.parse(sessionStorage.getItem(here) ?? "[]"); // { tool, size, points: [[x, y], …] }, all 0…1
let current = null;
let cursor = null; // where the keyboard is
let corner = null; // the first corner of a box by keyboard
let zoom = 0;

const tool = () => document.querySelector("[name=tool]:checked").value;
const thickness = () => (at("size").value / 100);

function draw(mark) {
  const { width, height } = canvas;
  const points = mark.points.map(([x, y]) => [x * width, y * height]);
  pen.globalCompositeOperation = mark.tool === "eraser" ? "destination-out" : "source-over";
  pen.fillStyle = pen.strokeStyle = PINK;
  if (mark.tool === "rectangle") {
    const [[left, top], [right, bottom]] = [points[0], points.at(-1)];
    pen.fillRect(Math.min(left, right), Math.min(top, bottom), Math.abs(right - left), Math.abs(bottom - top));
    return;
  }
  // A little wider than what it takes away, or the softened edge of a mark would stay.
  pen.lineWidth = mark.size * Math.min(width, height) + (mark.tool === "eraser" ? 3 : 0);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...points[0]);
  points.forEach((point) => pen.lineTo(...point));
  pen.stroke();
}

function drawCross() {
  const x = cursor[0] * canvas.width, y = cursor[1] * canvas.height;
  const arm = canvas.width / 25;
  pen.globalCompositeOperation = "source-over";
  for (const [colour, width] of [["#000", 0.012], ["#fff", 0.005]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = Math.max(1, width * canvas.width);
    pen.beginPath();
    pen.moveTo(x - arm, y); pen.lineTo(x + arm, y);
    pen.moveTo(x, y - arm); pen.lineTo(x, y + arm);
    pen.stroke();
  }
}

function drawMarks() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  marks.forEach(draw);
}

function share() {
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 127;
  return (100 * count) / (data.length / 4);
}

// Shows all marks and what follows from them.
function show() {
  drawMarks();
  const marked = share();
  if (cursor) drawCross();
  sessionStorage.setItem(here, JSON.stringify(marks));
  at("undo").disabled = at("clear").disabled = marks.length === 0;
  at("preview").disabled = marked === 0;
  at("status").textContent = marked ? SAYS.marked(marked) : SAYS.nothing;
}

function add(mark) {
  marks.push(mark);
  show();
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !event.isPrimary) return;
  canvas.setPointerCapture(event.pointerId);
  cursor = corner = null;
  current = { tool: tool(), size: thickness(), points: [place(event)] };
});
canvas.addEventListener("pointermove", (event) => {
  if (!current || !event.isPrimary) return;
  current.points.push(place(event));
  if (current.tool === "rectangle") drawMarks();
  draw(current);
});
canvas.addEventListener("pointerup", () => {
  if (current) add(current);
  current = null;
});
canvas.addEventListener("pointercancel", () => { // two fingers: the browser moves and zooms
  current = null;
  show();
});

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const within = (value) => Math.min(1, Math.max(0, value));

canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  if (!arrow && event.key !== " ") return;
  event.preventDefault();
  cursor ??= [0.5, 0.5];
  if (arrow) {
    const step = event.shiftKey ? STEP / 4 : STEP;
    cursor = [within(cursor[0] + arrow[0] * step), within(cursor[1] + arrow[1] * step)];
    show();
    at("status").textContent += " " + SAYS.cursor(...cursor);
  } else if (tool() === "rectangle" && !corner) {
    corner = cursor;
    at("status").textContent = SAYS.corner;
  } else {
    add({ tool: tool(), size: thickness(), points: [corner ?? cursor, cursor] });
    corner = null;
  }
});

function undo() {
  marks.pop();
  show();
}

function setZoom(step) {
  zoom = Math.min(ZOOMS.length - 1, Math.max(0, step));
  at("stage").style.width = `${100 * ZOOMS[zoom]}%`;
  at("zoom").textContent = `${100 * ZOOMS[zoom]} %`;
  at("smaller").disabled = zoom === 0;
  at("larger").disabled = zoom === ZOOMS.length - 1;
}

document.addEventListener("keydown", (event) => {
  if (at("check").open || at("painting").hidden) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    undo();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
    const chosen = { b: "brush", e: "eraser", r: "rectangle" }[event.key.toLowerCase()];
    if (chosen) document.querySelector(`[value=${chosen}]`).checked = true;
    if (event.key === "+") setZoom(zoom + 1);
    if (event.key === "-") setZoom(zoom - 1);
  }
});
at("undo").addEventListener("click", undo);
at("clear").addEventListener("click", () => { marks = []; show(); });
at("smaller").addEventListener("click", () => setZoom(zoom - 1));
at("larger").addEventListener("click", () => setZoom(zoom + 1));
at("size").addEventListener("input", (event) => {
  event.target.setAttribute("aria-valuetext", SAYS.size(event.target.value));
});

// The mask as the server wants it: white on black.
function maskFile() {
  cursor = null;
  drawMarks();
  const file = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  const ink = file.getContext("2d");
  ink.drawImage(canvas, 0, 0);
  ink.globalCompositeOperation = "source-in";
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, file.width, file.height);
  ink.globalCompositeOperation = "destination-over";
  ink.fillStyle = "#000";
  ink.fillRect(0, 0, file.width, file.height);
  return new Promise((resolve) => file.toBlob(resolve, "image/png"));
}

// Sends something; [whether it was taken, what the server said].
async function send(what, body) {
  try {
    const answer = await fetch(`${here}/${what}`, { method: "POST", body });
    return [answer.ok, await answer.text()];
  } catch {
    return [false, SAYS.offline];
  }
}

at("preview").addEventListener("click", async () => {
  at("preview").disabled = true;
  const [taken, said] = await send("mask", await maskFile());
  at("preview").disabled = false;
  if (!taken) { at("status").textContent = said; return; }
  at("mistake").textContent = "";
  at("checked").src = `${here}/preview?${Date.now()}`;
  at("check").showModal();
});
at("back").addEventListener("click", () => at("check").close());
at("confirm").addEventListener("click", async () => {
  at("confirm").disabled = true;
  const [taken, said] = await send("confirm");
  at("confirm").disabled = false;
  if (!taken) { at("mistake").textContent = said; return; }
  sessionStorage.removeItem(here);
  at("check").close();
  for (const part of document.querySelectorAll("header, #painting, footer")) part.hidden = true;
  at("said").textContent = said;
  at("end").hidden = false;
  at("end").focus();
});

show();
