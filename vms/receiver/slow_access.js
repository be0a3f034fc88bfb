'use strict';
/* For tests: lets every answer of fs.access come 300 ms late, as from a disk that is busy. */

const fs = require('fs');

const access = fs.access;
fs.access = (file, callback) => access(file, (error) => setTimeout(callback, 300, error));
