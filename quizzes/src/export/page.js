"use strict";

const forms = [...document.querySelectorAll("form")];

function isRight(form) {
  switch (form.dataset.type) {
    case "choice": {
      const inputs = [...form.querySelectorAll("input")];
      if (!inputs.some((input) => input.checked)) return null;
      return inputs.every((input) => input.checked === (input.dataset.right === "yes"));
    }
    case "short": {
      const plain = (text) => text.trim().split(/\s+/).join(" ").toLowerCase();
      const given = plain(form.querySelector("input").value);
      return given ? JSON.parse(form.dataset.accept).some((words) => plain(words) === given) : null;
    }
    case "trace": {
      const lines = (text) => text.split("\n").map((line) => line.trimEnd()).filter((line) => line);
      const given = lines(form.querySelector("textarea").value);
      const nothing = form.querySelector("input[type=checkbox]").checked;
      if (!given.length && !nothing) return null;
      return lines(form.dataset.accept).join("\n") === (nothing ? "" : given.join("\n"));
    }
  }
}

function tellScore(where, forms) {
  const answered = forms.filter((form) => form.dataset.verdict);
  const right = answered.filter((form) => form.dataset.verdict === "right");
  where.textContent = `${right.length} of ${answered.length} right, ${forms.length - answered.length} to go`;
}

function tellScores() {
  tellScore(document.querySelector("#score"), forms);
  for (const quiz of document.querySelectorAll("section")) {
    tellScore(quiz.querySelector(".score"), [...quiz.querySelectorAll("form")]);
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const right = isRight(form);
  const verdict = form.querySelector(".verdict");
  if (right === null) {
    verdict.textContent = "Answer first.";
    return;
  }
  // The first answer counts; another try is for learning.
  form.dataset.verdict ||= right ? "right" : "wrong";
  verdict.textContent = right ? "✓ Right." : "✗ Not right.";
  form.querySelector(".explanation").hidden = false;
  tellScores();
});

tellScores();
