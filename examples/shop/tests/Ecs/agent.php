<?php

/*
 * Plays ECS's agent for TaskProtectionTest: it notes what it is asked, and answers as a file says.
 *
 *     AGENT=FOLDER php -S 127.0.0.1:PORT agent.php
 */

declare(strict_types=1);

$folder = getenv('AGENT');
$asked = json_decode((string) file_get_contents('php://input'), true);
$request = [$_SERVER['REQUEST_METHOD'], $_SERVER['REQUEST_URI'], $asked];
file_put_contents("$folder/requests", json_encode($request)."\n", FILE_APPEND);

header('Content-Type: application/json');
echo match (file_get_contents("$folder/behaviour")) {
    'works' => json_encode(['protection' => ['ProtectionEnabled' => $asked['ProtectionEnabled'], 'TaskArn' => 'arn']]),
    'refuses' => json_encode(['failure' => ['Arn' => 'arn', 'Reason' => 'DEPLOYMENT_BLOCKED']]),
    'breaks' => http_response_code(500),
    'sleeps' => sleep(20),
};
