<?php
// One executable file out of a folder, as the official image has it.
$phar = new Phar(__DIR__.'/composer.phar');
$phar->startBuffering();
$phar->buildFromDirectory(__DIR__.'/phar');
$phar->setStub(<<<'PHP'
    #!/usr/bin/env php
    <?php
    Phar::mapPhar('composer.phar');
    require 'phar://composer.phar/main.php';
    __HALT_COMPILER();
    PHP);
$phar->stopBuffering();
