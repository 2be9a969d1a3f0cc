<?php
// Real Composer, with the packages in this file in place of the repository on the network.
require __DIR__.'/composer/src/Composer/autoload.php';
foreach (['Mbstring', 'Intl/Grapheme', 'Intl/Normalizer'] as $polyfill) {
    require __DIR__."/composer/src/Symfony/Polyfill/$polyfill/autoload.php";
}

// Composer reads archives from real files only. The folder's name ends up in lock files.
$folder = sys_get_temp_dir().'/composer-packages';
is_dir($folder) || mkdir($folder);
$packages = json_decode(file_get_contents(__DIR__.'/packages.json'), true, flags: JSON_THROW_ON_ERROR);
foreach ($packages as &$package) {
    $file = $folder.'/'.$package['dist']['url'];
    copy(__DIR__.'/'.$package['dist']['url'], $file);
    $package['dist']['url'] = $file;
}
unset($package);
register_shutdown_function(function () use ($folder) {
    array_map('unlink', glob("$folder/*.tar"));
    rmdir($folder);
});

Composer\Config::$defaultRepositories = ['packages' => ['type' => 'package', 'package' => $packages]];
Composer\Util\Platform::putEnv('COMPOSER_DISABLE_NETWORK', '1');

require __DIR__.'/composer/composer';
