// Searches the documentation in the browser, without a server: the index is a script that this one loads.
(function () {
  'use strict';

  const MOST_RESULTS = 40;
  const list = document.getElementById('mkdocs-search-results');
  const field = document.getElementById('mkdocs-search-query');
  if (!list || !field) return; // not the search page

  const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
  const occurrences = (text, word) => text.split(word).length - 1;

  // How well an entry fits: 0 when one of the words is missing, more for words in its title.
  function score(entry, wanted) {
    const title = entry.title.toLowerCase();
    const text = entry.text.toLowerCase();
    let sum = 0;
    for (const word of wanted) {
      const found = 20 * occurrences(title, word) + Math.min(occurrences(text, word), 10);
      if (found === 0) return 0;
      sum += found;
    }
    return sum;
  }

  // The text around the first of the words, from a space to a space.
  function excerpt(text, wanted) {
    const places = wanted.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
    const first = places.length ? Math.min(...places) : 0;
    const start = first < 100 ? 0 : text.indexOf(' ', first - 80) + 1;
    const end = text.length < start + 260 ? text.length : text.lastIndexOf(' ', start + 240);
    return (start > 0 ? '… ' : '') + text.slice(start, end) + (end < text.length ? ' …' : '');
  }

  // A page is listed once more as a whole, beside its sections: its title is used, its text is not.
  function sections() {
    const titles = new Map(window.searchIndex.map((entry) => [entry.location, entry.title]));
    return window.searchIndex
      .filter((entry) => entry.location.includes('#'))
      .map((entry) => ({ ...entry, page: titles.get(entry.location.split('#')[0]) }));
  }

  function show(query) {
    const wanted = words(query);
    const found = sections()
      .map((entry) => ({ entry, score: wanted.length ? score(entry, wanted) : 0 }))
      .filter((one) => one.score > 0)
      .sort((a, b) => b.score - a.score);
    list.textContent = found.length || !wanted.length ? '' : list.dataset.noResultsText;
    for (const { entry } of found.slice(0, MOST_RESULTS)) {
      const article = document.createElement('article');
      const heading = document.createElement('h3');
      const link = document.createElement('a');
      const text = document.createElement('p');
      link.href = window.base_url + '/' + entry.location;
      link.textContent = entry.page === entry.title ? entry.title : entry.page + ' › ' + entry.title;
      text.textContent = excerpt(entry.text, wanted);
      heading.append(link);
      article.append(heading, text);
      list.append(article);
    }
  }

  const index = document.createElement('script');
  index.src = window.base_url + '/search/search_index.js';
  index.onload = () => {
    field.value = new URLSearchParams(window.location.search).get('q') || '';
    field.addEventListener('input', () => show(field.value));
    show(field.value);
  };
  document.body.append(index);
})();
